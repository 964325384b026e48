/**
 * Syslog messages (RFC 5424) and their transport. By UDP (RFC 5426) each message is a datagram, and nothing says whether
 * it arrived. By TCP (RFC 6587) and TLS (RFC 5425) one connection carries all messages that are sent at once, each with
 * its length before it.
 */
import { createSocket } from 'node:dgram'
import { connect, isIP, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { seconds } from '../../../platform/kernel/clock.ts'
import type { Refusal } from '../../audit/stream/stream.ts'
import { describeReason } from './reason.ts'

export interface SyslogServer {
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly host: string
  readonly port: number
  /** PEM; absent: the certificates that Node trusts. */
  readonly ca?: string | undefined
  /** PEM: the client certificate, for a server that asks for one. */
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  /** Whether the server has to close the connection in turn, which shows that it has read everything. */
  readonly mustClose?: boolean
}

/** RFC 5424 section 6.2.1. */
export const severities = { warning: 4, notice: 5, informational: 6 } as const

export interface SyslogMessage {
  readonly severity: keyof typeof severities
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The name of this installation in the message. */
  readonly hostname: string
  /** The MSGID. */
  readonly type: string
  /** In brackets; absent: none. */
  readonly structuredData?: string
  /** JSON. */
  readonly body: string
}

const patience = seconds(5)
/** Bytes. Syslog has no answers (RFC 6587 section 3.4). Some servers write a few bytes for each message; more is a flood. */
const mostReceived = 65_536
const authpriv = 10

/** RFC 5424 section 6. The body is ASCII, so it needs no byte order mark. */
export function writeSyslogMessage(message: SyslogMessage): string {
  const { severity, at, hostname, type, structuredData = '-', body } = message
  const priority = authpriv * 8 + severities[severity]
  const time = new Date(at).toISOString()
  const header = `<${priority}>1 ${time} ${hostname} einlass - ${type.slice(0, 32)}`
  return `${header} ${structuredData} ${escapeNonAscii(body)}`
}

/** JSON in which every other character is escaped (RFC 8259 section 7). */
function escapeNonAscii(json: string): string {
  return json.replace(
    /[^\x20-\x7e]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** `undefined`: the messages were taken, as far as syslog shows that. Does not throw. */
export async function sendSyslog(
  server: SyslogServer,
  messages: readonly string[],
): Promise<Refusal | undefined> {
  try {
    const buffers = messages.map((text) => Buffer.from(text))
    if (server.transport === 'udp') {
      for (const buffer of buffers) await sendDatagram(server, buffer)
    } else await sendFramed(server, buffers)
    return undefined
  } catch (error) {
    return { reason: describeReason(error) }
  }
}

function sendDatagram({ host, port }: SyslogServer, message: Buffer): Promise<void> {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
  return new Promise<void>((done, failed) => {
    socket.once('error', failed)
    socket.send(message, port, host, (error) => (error === null ? done() : failed(error)))
  }).finally(() => socket.close())
}

/** Puts the length before the message: octet counting (RFC 6587 section 3.4.1). */
const frame = (message: Buffer): Buffer[] => [Buffer.from(`${message.length} `), message]

/**
 * Longer than a close that the receiver has already sent takes to arrive. Without this pause, that close would look like
 * the answer to our own, and messages that came too late for the receiver would look as if it had read them.
 */
const pauseBeforeEnd = 200
const longestQuiet = seconds(1)

/**
 * Syslog has no receipts. Messages are taken when Einlass ends the connection and the receiver closes it in turn: a
 * receiver does so after it has read up to the end. If it closes earlier, unread data resets the connection. Without
 * `mustClose`, it is enough that no error comes for a second.
 */
async function sendFramed(server: SyslogServer, messages: readonly Buffer[]): Promise<void> {
  const socket = connectTo(server)
  const failed = Promise.withResolvers<never>()
  const closed = Promise.withResolvers<void>()
  const limit = setTimeout(() => failed.reject(new Timeout()), patience)
  let isEnding = false
  socket.on('error', failed.reject)
  socket.once('close', () => (isEnding ? closed.resolve() : failed.reject(new ClosedEarly())))
  // The receiver's data has no use. But if it stayed unread, closing our side would reset the connection.
  let received = 0
  socket.on('data', ({ length }) => {
    received += length
    if (received > mostReceived) failed.reject(new TooManyBytes())
  })
  const send = async (): Promise<void> => {
    await new Promise<void>((done) =>
      socket.once(server.transport === 'tls' ? 'secureConnect' : 'connect', done),
    )
    await new Promise((done) => socket.write(Buffer.concat(messages.flatMap(frame)), done))
    await sleep(pauseBeforeEnd, undefined, { ref: false })
    isEnding = true
    await new Promise<void>((done) => socket.end(done))
    const quiet = server.mustClose === true ? [] : [sleep(longestQuiet, undefined, { ref: false })]
    await Promise.race([closed.promise, ...quiet])
  }
  try {
    await Promise.race([send(), failed.promise])
  } finally {
    clearTimeout(limit)
    socket.destroy()
  }
}

class Timeout extends Error {
  override readonly name = 'Timeout'
}

/** The receiver sends data although it should only read. */
class TooManyBytes extends Error {
  override readonly name = 'TooManyBytes'
}

class ClosedEarly extends Error {
  override readonly name = 'ClosedEarly'
}

function connectTo({ transport, host, port, ca, certificate, key }: SyslogServer): Socket {
  if (transport === 'tcp') return connect({ host, port })
  return connectTls({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  })
}
