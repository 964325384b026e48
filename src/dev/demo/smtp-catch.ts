/**
 * A mail server for the demo: accepts every mail on this machine and passes it to a function; sends nothing. Owns the part of
 * SMTP (RFC 5321) for clients without encryption and login.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface CaughtMail {
  readonly to: readonly string[]
  /** The mail as received, one character for each byte. */
  readonly raw: string
}

export interface SmtpCatch {
  readonly port: number
  close(): Promise<void>
}

/** Much longer than any mail of Einlass. */
const maxLength = 1_000_000

/** Listens on a free port of the loopback address. */
export async function startSmtpCatch(onMail: (mail: CaughtMail) => void): Promise<SmtpCatch> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    converse(socket, onMail)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function converse(socket: Socket, onMail: (mail: CaughtMail) => void): void {
  let unread = ''
  let to: string[] = []
  let isData = false
  const say = (line: string) => socket.write(`${line}\r\n`)

  function take(line: string): void {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'RCPT') to.push(/<([^>]*)>/.exec(line)?.[1] ?? '')
    if (verb === 'MAIL' || verb === 'RSET') to = []
    isData = verb === 'DATA'
    const reply = replies[verb] ?? '502 Not known here'
    if (verb === 'QUIT') socket.end(`${reply}\r\n`)
    else say(reply)
  }

  /** Takes the next command, or a whole mail. `false`: more input has to arrive first. */
  function takeNext(): boolean {
    const end = isData ? '\r\n.\r\n' : '\r\n'
    const at = unread.indexOf(end)
    if (at < 0) return false
    const text = unread.slice(0, at)
    unread = unread.slice(at + end.length)
    if (!isData) {
      take(text)
      return true
    }
    isData = false
    // A line that begins with a dot was sent with two (RFC 5321, 4.5.2).
    onMail({ to, raw: text.replace(/(^|\r\n)\.\./g, '$1.') })
    say('250 Taken')
    return true
  }

  socket.on('data', (bytes) => {
    unread += bytes.toString('latin1')
    if (unread.length > maxLength) socket.destroy()
    while (!socket.destroyed && takeNext());
  })
  say('220 Einlass demo')
}

const replies: Readonly<Record<string, string>> = {
  EHLO: '250 Einlass demo',
  HELO: '250 Einlass demo',
  MAIL: '250 Go on',
  RCPT: '250 Go on',
  RSET: '250 Forgotten',
  NOOP: '250 Nothing done',
  DATA: '354 Go on, and end with a dot',
  QUIT: '221 Bye',
}
