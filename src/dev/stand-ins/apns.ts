/** For tests: APNs over HTTP/2 and TLS on loopback. Checks provider token, headers and payload. */
import { generateKeyPairSync } from 'node:crypto'
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import { jwtVerify } from 'jose'
import { type Clock, minutes, seconds } from '../../platform/kernel/clock.ts'
import { createTestCertificate } from './certificate.ts'
import { createPlan, listen, makeTrouble, readBody, reply } from './push-service.ts'

export interface Aps {
  readonly messageId: string
  readonly data: string
  readonly alert: string
  readonly category: string
}

export async function startApns({ clock }: { clock: Clock }) {
  const certificate = createTestCertificate()
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const app = { keyId: 'ABC123DEFG', teamId: 'TEAM123456', topic: 'org.example.login' }
  const plan = createPlan()
  const sessions: ServerHttp2Session[] = []
  const messages: { readonly token: string; readonly aps: Aps }[] = []
  /** Device tokens that are gone. */
  const unregistered = new Set<string>()
  const providerTokens = new Set<string>()

  const server = createSecureServer(certificate, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      plan.mistakes.push(String(error))
      refuse(response, 400, 'BadRequest')
    })
  })
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
  })

  async function handle(request: Http2ServerRequest, response: Http2ServerResponse) {
    const body = (await readBody(request)).toString()
    if (makeTrouble(plan, response)) return
    const bearer = /^bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const { payload, protectedHeader } = await jwtVerify(bearer, pair.publicKey, {
      algorithms: ['ES256'],
      issuer: app.teamId,
      currentDate: new Date(clock.now()),
      requiredClaims: ['iat'],
    })
    if (protectedHeader.kid !== app.keyId) throw new Error('another key')
    providerTokens.add(bearer)
    if (seconds(payload.iat ?? 0) < clock.now() - minutes(60)) {
      return refuse(response, 403, 'ExpiredProviderToken')
    }
    const { aps } = checkRequest(request, body, { topic: app.topic, now: clock.now() })
    const token = request.url.replace('/3/device/', '')
    if (unregistered.has(token)) return refuse(response, 410, 'Unregistered')
    messages.push({ token, aps })
    reply(response, 200, {}, '')
  }

  const port = await listen(server)
  return {
    origin: `https://127.0.0.1:${port}`,
    ca: certificate.cert,
    privateKey: pair.privateKey,
    ...app,
    plan,
    messages,
    unregistered,
    providerTokens,
    sessions,
    close() {
      for (const session of sessions) session.destroy()
      server.close()
    },
  }
}

function checkRequest(
  request: Http2ServerRequest,
  body: string,
  { topic, now }: { topic: string; now: number },
): { readonly aps: Aps } {
  const { headers, method, url } = request
  if (method !== 'POST' || !/^\/3\/device\/[0-9a-f]{64}$/.test(url)) {
    throw new Error(`${method} ${url}`)
  }
  if (headers['apns-topic'] !== topic) throw new Error('another topic')
  if (headers['apns-push-type'] !== 'alert') throw new Error('another push type')
  if (headers['apns-priority'] !== '10') throw new Error('another priority')
  const expiration = Number(headers['apns-expiration'])
  if (!Number.isInteger(expiration) || seconds(expiration) <= now) throw new Error('no expiration')
  if (Buffer.byteLength(body) > 4096) throw new Error('too long')
  const payload = JSON.parse(body) as { readonly aps: Aps }
  if (Object.keys(payload).join() !== 'aps') throw new Error('more than aps')
  return payload
}

function refuse(response: Http2ServerResponse, status: number, reason: string): void {
  reply(response, status, { 'content-type': 'application/json' }, JSON.stringify({ reason }))
}
