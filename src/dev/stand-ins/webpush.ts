/**
 * For tests: a push service and a browser that has subscribed to it, over TLS on loopback. Checks the headers
 * (RFC 8030), the proof of the sender (RFC 8292), and reads the body as the browser would (RFC 8291 and 8188).
 */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { jwtVerify } from 'jose'
import { type Clock, hours, seconds } from '../../platform/kernel/clock.ts'
import type { VapidKeys } from '../../platform/web-push/vapid-keys.ts'
import { createTestCertificate, type TestCertificate } from './certificate.ts'
import { createPlan, listen, makeTrouble, readBody, reply } from './push-service.ts'

export const subject = 'mailto:desk@example.org'

/**
 * A browser's side of a subscription.
 * @param own keys in base64url; absent: new ones
 */
export function createSubscriber(own?: { readonly privateKey: string; readonly auth: string }) {
  const pair = createECDH('prime256v1')
  if (own === undefined) pair.generateKeys()
  else pair.setPrivateKey(own.privateKey, 'base64url')
  const p256dh = pair.getPublicKey()
  const auth = own === undefined ? randomBytes(16) : Buffer.from(own.auth, 'base64url')
  return {
    keys: { p256dh: p256dh.toString('base64url'), auth: auth.toString('base64url') },

    /** RFC 8291 section 3.4 over one record of RFC 8188. */
    decrypt(body: Buffer): string {
      const salt = body.subarray(0, 16)
      const recordSize = body.readUInt32BE(16)
      const keyLength = body.readUInt8(20)
      const senderKey = body.subarray(21, 21 + keyLength)
      const record = body.subarray(21 + keyLength)
      if (keyLength !== 65 || record.length > recordSize) throw new Error('another header')
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), p256dh, senderKey])
      const key = hkdf(auth, pair.computeSecret(senderKey), info, 32)
      const contentKey = hkdf(salt, key, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
      const nonce = hkdf(salt, key, Buffer.from('Content-Encoding: nonce\0'), 12)
      const decipher = createDecipheriv('aes-128-gcm', contentKey, nonce)
      decipher.setAuthTag(record.subarray(-16))
      const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
      const end = padded.findLastIndex((byte) => byte !== 0)
      if (padded[end] !== 2) throw new Error('not the last record')
      return padded.subarray(0, end).toString()
    },
  }
}

function hkdf(salt: Uint8Array, key: Uint8Array, info: Uint8Array, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, length))
}

export async function startPushService({
  clock,
  certificate = createTestCertificate(),
}: {
  clock: Clock
  certificate?: TestCertificate
}) {
  const keys = createVapidKeys()
  const browser = createSubscriber()
  const plan = createPlan()
  const messages: { readonly body: string; readonly ttl: string; readonly topic: string }[] = []
  const tokens = new Set<string>()
  const sockets = new Set<Socket>()
  const state = { isExpired: false }

  const server = createServer(certificate, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      plan.mistakes.push(String(error))
      reply(response, 400, {}, '')
    })
  })
  server.on('secureConnection', (socket) => sockets.add(socket))

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    if (makeTrouble(plan, response)) return
    if (request.method !== 'POST' || request.url !== '/push/1') throw new Error('another address')
    await checkSender(request)
    const { ttl, topic } = checkHeaders(request)
    if (body.length > 4096) throw new Error('too long')
    if (state.isExpired) return reply(response, 410, {}, '')
    messages.push({ body: browser.decrypt(body), ttl, topic })
    reply(response, 201, { location: `${origin}/message/${messages.length}` }, '')
  }

  async function checkSender({ headers }: IncomingMessage): Promise<void> {
    const proof = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(headers.authorization ?? '')
    const [, token = '', key] = proof ?? []
    if (key !== keys.publicKey) throw new Error('a key that is not the one of the subscription')
    const { payload } = await jwtVerify(token, exportPublicKey(keys), {
      algorithms: ['ES256'],
      audience: origin,
      subject,
      currentDate: new Date(clock.now()),
      requiredClaims: ['exp'],
    })
    if (seconds(payload.exp ?? 0) > clock.now() + hours(24)) throw new Error('valid for too long')
    tokens.add(token)
  }

  const origin = `https://127.0.0.1:${await listen(server)}`
  const subscription = (path = '/push/1', base = origin) =>
    JSON.stringify({ endpoint: `${base}${path}`, expirationTime: null, keys: browser.keys })
  return {
    origin,
    subscription,
    ca: certificate.cert,
    keys,
    plan,
    messages,
    /** Proofs that were taken. */
    tokens,
    sockets,
    state,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function checkHeaders({ headers }: IncomingMessage): { ttl: string; topic: string } {
  const { ttl, topic, urgency } = headers
  if (typeof ttl !== 'string' || !/^\d+$/.test(ttl)) throw new Error('no TTL')
  if (typeof topic !== 'string' || !/^[\w-]{1,32}$/.test(topic)) throw new Error('no topic')
  if (urgency !== 'high') throw new Error('another urgency')
  if (headers['content-encoding'] !== 'aes128gcm') throw new Error('another encoding')
  if (headers['content-type'] !== 'application/octet-stream') throw new Error('another type')
  return { ttl, topic }
}

export function createVapidKeys(): VapidKeys {
  const pair = createECDH('prime256v1')
  const publicKey = pair.generateKeys('base64url')
  // Leading zeros belong to it.
  const privateKey = Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex')
  return { publicKey, privateKey: privateKey.toString('base64url') }
}

function exportPublicKey({ publicKey }: VapidKeys) {
  const point = Buffer.from(publicKey, 'base64url')
  const part = (from: number, to: number) => point.subarray(from, to).toString('base64url')
  const key = { kty: 'EC', crv: 'P-256', x: part(1, 33), y: part(33, 65) }
  return createPublicKey({ key, format: 'jwk' })
}
