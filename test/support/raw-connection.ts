/** Requests over TLS exactly as they are written, one after another on one connection for as long as the server keeps it. */
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

export interface RawAnswer {
  /** 0: the server has closed the connection without an answer. */
  readonly status: number
  readonly head: string
}

export interface RawConnection {
  send(request: string): Promise<RawAnswer>
  close(): void
}

export function openRawConnection(port: number, host: string): RawConnection {
  let socket: TLSSocket | undefined

  async function open(): Promise<TLSSocket> {
    if (socket?.writable === true && !socket.destroyed) return socket
    socket = connect({ port, host: '127.0.0.1', servername: host, rejectUnauthorized: false })
    socket.on('error', () => undefined)
    await once(socket, 'secureConnect')
    return socket
  }

  return {
    async send(request) {
      const on = await open()
      on.write(request, 'latin1')
      const answer = await readAnswer(on)
      if (answer.isLast) {
        on.destroy()
        socket = undefined
      }
      return answer
    },
    close: () => void socket?.destroy(),
  }
}

/** `isLast`: what follows on this connection could not be told from it. */
function readAnswer(socket: TLSSocket): Promise<RawAnswer & { readonly isLast: boolean }> {
  return new Promise((done) => {
    let text = ''
    const finish = (isLast: boolean) => {
      socket.off('data', read).off('close', closed)
      const head = text.split('\r\n\r\n', 1)[0] ?? ''
      done({ status: Number(/^HTTP\/\S+ (\d+)/.exec(head)?.[1] ?? 0), head, isLast })
    }
    const closed = () => finish(true)
    const read = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const end = findEnd(text)
      if (end !== undefined) finish(end === 'unclear' || /\r\nconnection: close/i.test(text))
    }
    socket.on('data', read).on('close', closed)
  })
}

/** `undefined`: more has to come. */
function findEnd(text: string): 'whole' | 'unclear' | undefined {
  const start = text.indexOf('\r\n\r\n')
  if (start === -1) return undefined
  const body = text.slice(start + 4)
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, start))?.[1]
  if (length !== undefined) return body.length >= Number(length) ? 'whole' : undefined
  if (/\r\ntransfer-encoding: *chunked/i.test(text.slice(0, start))) {
    return body.endsWith('0\r\n\r\n') ? 'whole' : undefined
  }
  return /^HTTP\/\S+ (?:1\d\d|204|304)/.test(text) ? 'unclear' : undefined
}
