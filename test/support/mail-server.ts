// A mail server for tests: speaks SMTP with STARTTLS, wants a password, keeps what it is given, and can be told to
// fail at each step.

import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { createCertificate } from './certificate.ts'

export const mailUser = { username: 'einlass', password: 'correct-mail-password' }

export type ReceivedMail = {
  from: string
  to: string[]
  /** As it came, with CRLF. */
  raw: string
  /** Names in lower case. Folded lines are joined; the values are not decoded. */
  headers: [string, string][]
}

type Step = 'login' | 'sender' | 'recipient' | 'data'

export type MailServer = {
  port: number
  /** What a client has to believe to trust the server. */
  ca: string
  received: ReceivedMail[]
  /** How many connections came. */
  connections: () => number
  /** From now on, the step answers with this code and text; without a code it works again. */
  fail: (step: Step, code?: number, text?: string) => void
  /** The next mail is read and then the connection is cut, before an answer. */
  cutNextMail: () => void
  close: () => Promise<void>
}

const readHeaders = (raw: string): [string, string][] =>
  (raw.split('\r\n\r\n', 1)[0] ?? '')
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })

export const startMailServer = async (
  t: Scope,
  options: SMTPServerOptions & { certificateFor?: string; port?: number } = {},
): Promise<MailServer> => {
  const { certificateFor = 'localhost', port = 0, ...rest } = options
  const { key, cert } = createCertificate(certificateFor)
  const failures = new Map<Step, { code: number; text: string }>()
  const received: ReceivedMail[] = []
  let connections = 0
  let cutNext = false

  const takeFailure = (step: Step): Error | undefined => {
    const failure = failures.get(step)
    return failure && Object.assign(new Error(failure.text), { responseCode: failure.code })
  }

  const server = new SMTPServer({
    key,
    cert,
    logger: false,
    closeTimeout: 100,
    onConnect(_session, done) {
      connections += 1
      done()
    },
    onAuth({ username, password }, _session, done) {
      const right = username === mailUser.username && password === mailUser.password
      const error = takeFailure('login') ?? (right ? undefined : new Error('wrong login'))
      if (error) done(error)
      else done(null, { user: username })
    },
    onMailFrom: (_address, _session, done) => done(takeFailure('sender')),
    onRcptTo: (_address, _session, done) => done(takeFailure('recipient')),
    async onData(stream, session, done) {
      const raw = Buffer.concat(await Array.fromAsync(stream)).toString('latin1')
      const error = takeFailure('data')
      if (error) return done(error)
      const { mailFrom, rcptTo } = session.envelope
      received.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        raw,
        headers: readHeaders(raw),
      })
      if (!cutNext) return done()
      cutNext = false
      for (const connection of server.connections) connection.close()
    },
    ...rest,
  })
  // Clients that refuse the certificate are not the server's trouble.
  server.on('error', () => {})
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  t.after(close)

  return {
    port: (server.server.address() as AddressInfo).port,
    ca: cert,
    received,
    connections: () => connections,
    fail(step, code, text = 'made to fail') {
      if (code === undefined) failures.delete(step)
      else failures.set(step, { code, text })
    },
    cutNextMail() {
      cutNext = true
    },
    close,
  }
}

/** A server that is not one: what it does with a connection is up to the test. Returns its port. */
export const startRawServer = async (
  t: Scope,
  onConnection: (socket: Socket) => void,
): Promise<number> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** The value of a header, decoded (RFC 2047); undefined when it is missing. */
export const readHeader = ({ headers }: ReceivedMail, name: string): string | undefined => {
  const value = headers.find(([one]) => one === name)?.[1]
  return value
    ?.replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, text: string) =>
      (encoding.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64')
        : quotedBytes(text.replaceAll('_', ' '))
      ).toString(),
    )
}

const quotedBytes = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=([\dA-F]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    'latin1',
  )

/** The decoded body of the part with this media type. */
export const readPart = ({ raw }: ReceivedMail, mediaType: 'text/plain' | 'text/html'): string => {
  const boundary = /boundary="?([^"\r\n;]+)/.exec(raw)?.[1] ?? ''
  for (const part of raw.split(`--${boundary}`)) {
    const [head = '', ...body] = part.trim().split('\r\n\r\n')
    if (!head.toLowerCase().includes(`content-type: ${mediaType}`)) continue
    const text = body.join('\r\n\r\n')
    if (/encoding: base64/i.test(head)) return Buffer.from(text, 'base64').toString()
    return /encoding: quoted-printable/i.test(head)
      ? quotedBytes(text.replace(/=\r\n/g, '')).toString()
      : text
  }
  throw new Error(`no part ${mediaType}`)
}
