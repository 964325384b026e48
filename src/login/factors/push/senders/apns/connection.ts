/**
 * One long-lived HTTP/2 connection to APNs. Owns when a new one is opened: after the server announces its end (GOAWAY, RFC 9113
 * section 6.8), after an error, and after a request without a reply, because a connection can break without a signal.
 */
import { type ClientHttp2Session, connect, constants } from 'node:http2'

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

/** Bytes. */
const replyLimit = 16_384

export function createConnection({ origin, ca }: ConnectionOptions) {
  let current: Session | undefined

  function session(): Session {
    if (current !== undefined && !current.isLeaving()) return current
    current = createSession(connect(origin, ca === undefined ? {} : { ca }))
    return current
  }

  return {
    /** Rejects when no complete reply has arrived before `signal` is aborted. */
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
  let running = 0

  function leaveIdle(): void {
    if (leaving && running === 0) http2.destroy()
  }

  function leave(): void {
    leaving = true
    leaveIdle()
  }

  http2.on('goaway', leave)
  http2.on('close', leave)
  // The running requests get their own error.
  http2.on('error', leave)

  return {
    isLeaving: () => leaving || http2.closed || http2.destroyed,

    async post(headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Reply> {
      running += 1
      try {
        return await post(http2, headers, body, signal)
      } catch (error) {
        leave()
        throw error
      } finally {
        running -= 1
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

/** Uses listeners, because an iterator over the stream costs as much as the rest of the message. */
function post(
  http2: ClientHttp2Session,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<Reply> {
  signal.throwIfAborted()
  const stream = http2.request(headers)
  return new Promise<Reply>((resolve, reject) => {
    let answer: Record<string, string | string[] | undefined> | undefined
    const chunks: Buffer[] = []
    let length = 0
    const stop = () => {
      reject(signal.reason)
      stream.close(constants.NGHTTP2_CANCEL)
    }
    signal.addEventListener('abort', stop, { once: true })
    stream.on('response', (received) => {
      answer = received as Record<string, string | string[]>
    })
    stream.on('data', (chunk: Buffer) => {
      if (length < replyLimit) chunks.push(chunk)
      length += chunk.length
    })
    stream.on('error', reject)
    stream.on('close', () => {
      signal.removeEventListener('abort', stop)
      if (answer === undefined) reject(new Error('the stream ended without an answer'))
      // A reset after the headers ends the body as if it were complete.
      else if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) reject(new Error('a reset stream'))
      else {
        const text = Buffer.concat(chunks).subarray(0, replyLimit).toString()
        resolve({ status: Number(answer[':status']), headers: answer, text })
      }
    })
    stream.end(body)
  })
}
