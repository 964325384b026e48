/**
 * Calls to a server. Trusts only replies that the server's key has signed; an unsigned reply is only a hint about the error.
 */
import { openMessage } from '../protocol/jws.ts'
import { importPublicKey, type PublicJwk } from '../protocol/keys.ts'
import { type Reader, readObject, readOneOf, readWhole } from '../protocol/shape.ts'

/**
 * `offline`: no reply. `down`: the server, or a proxy before it, cannot answer now. `intercepted`: the page of something else,
 * such as a captive network. `broken`: a reply that the server's key has not signed, or that cannot be read.
 */
export type Failure =
  | { readonly type: 'offline' | 'down' | 'intercepted' | 'broken' }
  | { readonly type: 'unknown' | 'used' | 'ended' | 'copied' | 'malformed' }
  | { readonly type: 'limit'; readonly seconds: number }
  /** The clock of this phone is wrong by `offset`. */
  | { readonly type: 'clock'; readonly offset: number }

export type Result<T> =
  | { readonly type: 'done'; readonly reply: T; readonly key: PublicJwk | undefined }
  | Failure

export interface Call<T> {
  /** The origin of the server, and what follows `/authenticator/v1/`. */
  readonly server: string
  readonly address: 'offer' | 'enrol' | 'fetch' | 'answer' | 'change' | 'move'
  readonly body: string
  /** The `typ` of the reply, and its reader. */
  readonly reply: string
  readonly read: Reader<T>
  /** Finds the key that must have signed the reply. `undefined`: the key that the reply names is not trusted. */
  readonly findKey: (named: PublicJwk | undefined) => Promise<PublicJwk | undefined>
}

export interface CallOptions {
  readonly fetch: typeof fetch
  readonly now: () => number
  /** Milliseconds. */
  readonly timeout: number
}

export type Caller = <T>(call: Call<T>) => Promise<Result<T>>

export function createCaller(options: CallOptions): Caller {
  return async (call) => {
    const response = await send(options, call)
    if (response === undefined) return { type: 'offline' }
    if (isIntercepted(response)) return { type: 'intercepted' }
    if (response.status >= 500) return { type: 'down' }
    if (!response.ok) return readFailure(options, response)
    return (await readReply(call, response.text)) ?? { type: 'broken' }
  }
}

interface Response {
  readonly ok: boolean
  /** 0: the reply is a redirect to another address. */
  readonly status: number
  readonly isPage: boolean
  readonly text: string
  readonly retryAfter: string | null
}

async function send(
  { fetch, timeout }: CallOptions,
  { server, address, body }: Pick<Call<unknown>, 'server' | 'address' | 'body'>,
): Promise<Response | undefined> {
  try {
    const type = address === 'offer' ? 'application/json' : 'application/jose'
    const response = await fetch(`${server}/authenticator/v1/${address}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
      credentials: 'omit',
      redirect: 'manual',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(timeout),
    })
    const { ok, status, headers } = response
    return {
      ok,
      status,
      isPage: /^text\/html\b/i.test(headers.get('content-type') ?? ''),
      text: await response.text(),
      retryAfter: headers.get('retry-after'),
    }
  } catch {
    return undefined
  }
}

/** A server of this protocol never redirects and sends no pages. 511: the network requires a login (RFC 6585, section 6). */
const isIntercepted = ({ ok, status, isPage }: Response): boolean =>
  status < 200 || (status >= 300 && status < 400) || status === 511 || (ok && isPage)

const readError = readObject({
  error: readOneOf('malformed', 'clock', 'unknown', 'used', 'ended', 'copied', 'limit'),
})
const readNow = readObject({ now: readWhole(0, 99_999_999_999) })

function readFailure({ now }: CallOptions, { status, text, retryAfter }: Response): Failure {
  const json = parse(text)
  const error = readError(json)?.error
  // A proxy answers without our error code.
  if (error === 'limit' || status === 429)
    return { type: 'limit', seconds: Number(retryAfter) || 60 }
  if (error === undefined) return { type: 'broken' }
  if (error !== 'clock') return { type: error }
  const server = readNow(json)?.now
  return server === undefined
    ? { type: 'broken' }
    : { type: 'clock', offset: server * 1000 - now() }
}

async function readReply<T>(call: Call<T>, text: string): Promise<Result<T> | undefined> {
  const opened = openMessage(text)
  if (opened === undefined || opened.type !== call.reply) return undefined
  const key = await call.findKey(opened.jwk)
  if (key === undefined || !(await opened.isSignedBy(await importPublicKey(key)))) return undefined
  const reply = call.read(opened.claims)
  return reply && { type: 'done', reply, key: opened.jwk }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
