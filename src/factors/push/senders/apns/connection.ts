/**
 * One long-lived HTTP/2 connection to APNs. Owns when there is a new one: after the other side says that it leaves
 * (GOAWAY), after an error, and after a request that got no answer, because a connection can die without a word.
 */
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { readSome } from '../replies.ts'

export interface ConnectionOptions {
  /** For example `https://api.push.apple.com`. */
  readonly origin: string
  /** PEM; absent: the certificates that Node trusts. */
  readonly ca?: string
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** At most 16 KiB. */
  readonly text: string
}

export function createConnection({ origin, ca }: ConnectionOptions) {
  let current: Session | undefined

  function session(): Session {
    if (current !== undefined && !current.isLeaving()) return current
    current = createSession(connect(origin, ca === undefined ? {} : { ca }))
    return current
  }

  return {
    /** Rejects when there is no whole answer before `signal` is aborted. */
    post: (headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Reply> =>
      session().post(headers, body, signal),

    async close(): Promise<void> {
      await current?.close()
    },
  }
}

type Session = ReturnType<typeof createSession>

function createSession(http2: ClientHttp2Session) {
  let leaving = false
  let underWay = 0

  function leaveIdle(): void {
    if (leaving && underWay === 0) http2.destroy()
  }

  function leave(): void {
    leaving = true
    leaveIdle()
  }

  http2.on('goaway', leave)
  http2.on('close', leave)
  // The requests under way learn of it by themselves.
  http2.on('error', leave)

  return {
    isLeaving: () => leaving || http2.closed || http2.destroyed,

    async post(headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Reply> {
      underWay += 1
      try {
        return await post(http2, headers, body, signal)
      } catch (error) {
        leave()
        throw error
      } finally {
        underWay -= 1
        leaveIdle()
      }
    },

    async close(): Promise<void> {
      leave()
      if (http2.destroyed) return
      await new Promise<void>((resolve) => {
        http2.once('close', resolve)
        http2.destroy()
      })
    },
  }
}

async function post(
  http2: ClientHttp2Session,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<Reply> {
  const stream = http2.request({ ':method': 'POST', ...headers }, { signal })
  const answered = new Promise<Record<string, string | string[] | undefined>>((resolve, reject) => {
    stream.once('response', (answer) => resolve(answer as Record<string, string | string[]>))
    stream.once('error', reject)
    stream.once('close', () => reject(new Error('the stream ended without an answer')))
  })
  stream.end(body)
  const answer = await answered
  const text = await readSome(stream)
  // A reset after the headers ends the body as if it were whole.
  if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error('the stream was reset')
  return { status: Number(answer[':status']), headers: answer, text }
}
