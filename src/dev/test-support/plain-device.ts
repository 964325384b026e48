/**
 * For tests: a phone of another maker, written from docs/authenticator-protocol.md with `node:crypto` alone. It sends whatever
 * a test wants, even messages that no honest phone sends.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export interface PlainKey {
  readonly jwk: {
    readonly kty: 'EC'
    readonly crv: 'P-256'
    readonly x: string
    readonly y: string
  }
  readonly thumbprint: string
  readonly key: KeyObject
}

export function createPlainKey(): PlainKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const jwk = { kty: 'EC', crv: 'P-256', x, y } as const
  const named = `{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`
  const thumbprint = createHash('sha256').update(named).digest('base64url')
  return { jwk, thumbprint, key: privateKey }
}

export const encode = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** @param parts header and claims, as objects or as the text of their JSON */
export function signPlain(
  { header, claims }: { readonly header: object | string; readonly claims: object | string },
  { key }: Pick<PlainKey, 'key'>,
): string {
  const input = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** The claims of a message, not looking at its signature. */
export function readPlain(message: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(message.split('.')[1] ?? '', 'base64url').toString())
}

/** Of each P-256 signature anybody can make another one that is valid too: `r, n - s`. */
export function malleate(message: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const [header, claims, signature = ''] = message.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  bytes.write(s.toString(16).padStart(64, '0'), 32, 'hex')
  return `${header}.${claims}.${bytes.toString('base64url')}`
}

type Ask = (request: Request) => Promise<Response>

export interface PlainReply {
  readonly status: number
  readonly error: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
}

export type PlainDevice = ReturnType<typeof createPlainDevice>

/** @param origin of the server, which has the app as well */
export function createPlainDevice(ask: Ask, { origin, now }: PlainServer) {
  const reader = createPlainKey()
  const state = { id: '', key: createPlainKey() }
  const iat = () => Math.floor(now() / 1000)
  const post = async (address: string, body: string): Promise<PlainReply> => {
    const type = address === 'offer' ? 'json' : 'jose'
    const headers = { 'content-type': `application/${type}` }
    const url = `${origin}/authenticator/v1/${address}`
    const response = await ask(new Request(url, { method: 'POST', body, headers }))
    const text = await response.text()
    if (response.ok) return { status: 200, error: undefined, claims: readPlain(text) }
    return { status: response.status, error: JSON.parse(text).error, claims: {} }
  }
  const header = (name: string, more: object = {}) => ({
    typ: `einlass-${name}+jwt`,
    alg: 'ES256',
    ...more,
  })
  const base = () => ({ v: 1, aud: origin, sub: state.id, iat: iat() })
  const device = {
    state,
    reader,
    post,
    header,

    /** Opens a link and enrols by it. */
    async enrol(link: string, more: object = {}): Promise<PlainReply> {
      const [, , registration = '', secret = ''] = new URL(link).hash.split('.')
      const offer = await post('offer', JSON.stringify({ registration, secret }))
      if (offer.error !== undefined) return offer
      const claims = {
        ...{ ...base(), sub: registration, secret, app: origin, name: 'Gerät', platform: 'other' },
        ...{ reader: reader.jwk, ...more },
      }
      const { key } = state
      const enrolled = await post(
        'enrol',
        signPlain({ header: header('enrol', { jwk: key.jwk }), claims }, key),
      )
      state.id = `${enrolled.claims.sub ?? ''}`
      return enrolled
    },

    /** What waits, the newest first. */
    async fetch(): Promise<PlainReply> {
      const claims = { ...base(), jti: randomBytes(16).toString('base64url') }
      return await post('fetch', signPlain({ header: header('fetch'), claims }, reader))
    },

    /** The claims of an answer to what waits. @param next the key that it names */
    async prepare(more: object, next = createPlainKey()) {
      const fetched = await device.fetch()
      const [request] = fetched.claims.requests as { readonly id: string; readonly nonce: string }[]
      if (request === undefined) throw new Error('nothing waits')
      const claims = {
        ...{ ...base(), jti: request.id, nonce: request.nonce, app: origin },
        ...{ key: state.key.thumbprint, next: next.jwk },
      }
      return { ...claims, proof: device.prove(claims), ...more }
    },

    /** Says by the reading key, or by another one, that a message is of this device. */
    prove(claims: ProvenClaims, { name = 'answer', key = reader }: Proving = {}): string {
      const { aud, sub, iat, jti, next } = claims
      const named = `{"crv":"P-256","kty":"EC","x":"${next.x}","y":"${next.y}"}`
      const thumbprint = createHash('sha256').update(named).digest('base64url')
      const typ = `einlass-${name}+jwt`
      const text = ['einlass-key-proof-v1', typ, aud, sub, iat, jti, claims.key, thumbprint]
      const form = { key: key.key, dsaEncoding: 'ieee-p1363' } as const
      return sign('sha256', Buffer.from(text.join('\n')), form).toString('base64url')
    },

    signAnswer: (claims: object | string, key = state.key): string =>
      signPlain({ header: header('answer'), claims }, key),

    /** Answers what waits, and moves on to the next key. */
    async answer(more: object): Promise<PlainReply> {
      const next = createPlainKey()
      const message = device.signAnswer(await device.prepare(more, next))
      const reply = await post('answer', message)
      if (reply.claims.key === next.thumbprint) state.key = next
      return reply
    },
    approve: (code: string) => device.answer({ decision: 'approve', code }),
  }
  return device
}

interface ProvenClaims {
  readonly aud: string
  readonly sub: string
  readonly iat: number
  readonly jti: string
  readonly key: string
  readonly next: PlainKey['jwk']
}

interface Proving {
  /** Of the kind of message. */
  readonly name?: string
  readonly key?: PlainKey
}

export interface PlainServer {
  readonly origin: string
  readonly now: () => number
}
