/** Calls to a server. Believes only what the key of the server has signed; what is not signed is a hint on what went wrong. */
import { openMessage } from '../protocol/jws.ts'
import { importPublicKey, type PublicJwk } from '../protocol/keys.ts'
import { type Reader, readObject, readOneOf, readWhole } from '../protocol/shape.ts'

/** `offline`: no reply. `broken`: a reply that the key of the server has not signed, or that is not understood. */
export type Failure =
  | {
      readonly type: 'offline' | 'broken' | 'unknown' | 'used' | 'ended' | 'copied' | 'malformed'
    }
  | { readonly type: 'limit'; readonly seconds: number }
  /** The clock of this phone is wrong by so much. */
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
  /** Finds the key that has to have signed the reply. `undefined`: the key that the reply names is not to be believed. */
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
    // The server may have taken the message all the same, so it is sent once more as it is.
    if (response === undefined || response.isDown) return { type: 'offline' }
    if (!response.ok) return readFailure(options, response)
    return (await readReply(call, response.text)) ?? { type: 'broken' }
  }
}

interface Response {
  readonly ok: boolean
  /** The server, or a proxy before it, could not answer. */
  readonly isDown: boolean
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
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(timeout),
    })
    const { ok, status, headers } = response
    return {
      ok,
      isDown: status >= 500,
      text: await response.text(),
      retryAfter: headers.get('retry-after'),
    }
  } catch {
    return undefined
  }
}

const readError = readObject({
  error: readOneOf('malformed', 'clock', 'unknown', 'used', 'ended', 'copied', 'limit'),
})
const readNow = readObject({ now: readWhole(0, 99_999_999_999) })

function readFailure({ now }: CallOptions, { text, retryAfter }: Response): Failure {
  const json = parse(text)
  const error = readError(json)?.error
  if (error === undefined) return { type: 'broken' }
  if (error === 'limit') return { type: 'limit', seconds: Number(retryAfter) || 60 }
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
