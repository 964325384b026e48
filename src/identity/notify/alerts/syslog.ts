/**
 * An event as a syslog message (RFC 5424): facility authpriv, severity warning, the event's JSON as the message. By UDP
 * (RFC 5426) one datagram, with no word whether it came; by TCP (RFC 6587) and TLS (RFC 5425) with its length before it,
 * over a connection for each event, as events are rare.
 */
import { createSocket } from 'node:dgram'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { seconds } from '../../../platform/kernel/clock.ts'
import type { AlertEvent, Receiver } from './queue.ts'
import { describeReason } from './webhook.ts'

export interface SyslogOptions {
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly host: string
  readonly port: number
  /** What the messages call this installation. */
  readonly hostname: string
  /** PEM; absent: the certificates that Node trusts. */
  readonly ca?: string
}

const patience = seconds(5)
const authpriv = 10
const warning = 4

export function createSyslog(options: SyslogOptions): Receiver {
  return {
    name: 'syslog',
    async deliver(event) {
      const message = Buffer.from(writeSyslogMessage(event, options.hostname))
      try {
        if (options.transport === 'udp') await sendDatagram(options, message)
        else await sendFramed(options, message)
        return undefined
      } catch (error) {
        return describeReason(error)
      }
    },
  }
}

/** RFC 5424 section 6. The message is ASCII, so it needs no byte order mark. */
export function writeSyslogMessage(
  { type, body, createdAt }: AlertEvent,
  hostname: string,
): string {
  const time = new Date(createdAt).toISOString()
  const priority = authpriv * 8 + warning
  return `<${priority}>1 ${time} ${hostname} einlass - ${type} - ${escapeNonAscii(body)}`
}

/** JSON in which every other character is escaped (RFC 8259 section 7). */
function escapeNonAscii(json: string): string {
  return json.replace(
    /[^\x20-\x7e]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function sendDatagram({ host, port }: SyslogOptions, message: Buffer): Promise<void> {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
  return new Promise<void>((done, failed) => {
    socket.once('error', failed)
    socket.send(message, port, host, (error) => (error === null ? done() : failed(error)))
  }).finally(() => socket.close())
}

/**
 * Octet counting (RFC 6587 section 3.4.1). Syslog has no receipts: an alert is delivered when all was handed over and the
 * receiver closed the connection in turn, or kept it without an error.
 */
async function sendFramed(options: SyslogOptions, message: Buffer): Promise<void> {
  const socket = connectTo(options)
  const [timedOut, quiet] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const patienceTimer = setTimeout(() => timedOut.reject(new Timeout()), patience)
  let quietTimer: NodeJS.Timeout | undefined
  const delivered = new Promise<void>((done, failed) => {
    socket.on('error', failed)
    socket.once('close', () => done())
    // What a receiver says is of no use, but unread it would make our end of the connection a reset.
    socket.resume()
    socket.once(options.transport === 'tls' ? 'secureConnect' : 'connect', () => {
      socket.end(Buffer.concat([Buffer.from(`${message.length} `), message]), () => {
        quietTimer = setTimeout(quiet.resolve, seconds(1))
      })
    })
  })
  try {
    await Promise.race([delivered, timedOut.promise, quiet.promise])
    if (!socket.writableFinished) throw new Timeout()
  } finally {
    clearTimeout(patienceTimer)
    clearTimeout(quietTimer)
    socket.destroy()
  }
}

class Timeout extends Error {
  override readonly name = 'Timeout'
}

function connectTo({ transport, host, port, ca }: SyslogOptions): Socket {
  if (transport === 'tcp') return connect({ host, port })
  return connectTls({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
  })
}
