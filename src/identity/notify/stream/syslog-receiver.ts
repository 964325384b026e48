/**
 * Events of the audit log as syslog messages (RFC 5424): the message is the event's JSON, and the structured data has the
 * facts by which receivers search. Owns the severity of an event.
 */
import { readFile } from 'node:fs/promises'
import type { StreamConfig } from '../../../platform/config/audit-receivers.ts'
import type { EventType } from '../../audit/event.ts'
import type { ListedEvent } from '../../audit/list.ts'
import type { Refusal, StreamReceiver } from '../../audit/stream/stream.ts'
import { describeReason } from '../transport/reason.ts'
import {
  type SyslogMessage,
  type SyslogServer,
  sendSyslog,
  writeSyslogMessage,
} from '../transport/syslog.ts'

export type SyslogStreamConfig = Extract<StreamConfig, { kind: 'syslog' }>

export interface SyslogReceiverOptions {
  readonly config: SyslogStreamConfig
  /** The name of this installation in the messages. */
  readonly hostname: string
  readonly eventTypes: readonly EventType[]
}

export function createSyslogReceiver(options: SyslogReceiverOptions): StreamReceiver {
  const { config, hostname, eventTypes } = options
  const byName = new Map(eventTypes.map((one) => [one.type, one]))
  return {
    name: config.name,
    types: config.types,
    deliver: (events) =>
      sendTo(
        config,
        events.map((event) => writeMessage(event, { hostname, eventType: byName.get(event.type) })),
      ),
  }
}

/** Sends messages to a receiver of this configuration. Reads its files anew each time, so that they may be replaced. */
export async function sendTo(
  config: SyslogStreamConfig,
  messages: readonly string[],
): Promise<Refusal | undefined> {
  try {
    return await sendSyslog(await readServer(config), messages)
  } catch (error) {
    return { reason: `file: ${describeReason(error)}` }
  }
}

async function readServer(config: SyslogStreamConfig): Promise<SyslogServer> {
  const { host, port, transport } = config
  const read = async (file: string | undefined) =>
    file === undefined ? undefined : await readFile(file, 'utf8')
  const [ca, certificate, key] = await Promise.all(
    [config.ca_file, config.client_certificate_file, config.client_key_file].map(read),
  )
  return { host, port, transport, ca, certificate, key, mustClose: true }
}

export function writeMessage(
  event: ListedEvent,
  of: { readonly hostname: string; readonly eventType: EventType | undefined },
): string {
  return writeSyslogMessage({
    severity: findSeverity(event, of.eventType),
    at: event.at,
    hostname: of.hostname,
    type: event.type,
    structuredData: writeStructuredData(event),
    body: JSON.stringify(event),
  })
}

/** `warning`: the user's own page warns about the event. `notice`: an operator did it. All others are `informational`. */
function findSeverity(
  { data }: ListedEvent,
  eventType: EventType | undefined,
): SyslogMessage['severity'] {
  if (eventType?.describe?.(data, '')?.isWarning === true) return 'warning'
  return typeof data.by === 'string' && data.by !== data.userId ? 'notice' : 'informational'
}

/** Facts that many events have and that people search for. */
const searched = ['userId', 'username', 'by', 'appId', 'address', 'sessionId', 'reason'] as const

/**
 * RFC 5424 section 6.3. Einlass has no enterprise number; 32473 is the number for examples (RFC 5612), which no other
 * program may own.
 */
function writeStructuredData({ seq, hash, data }: ListedEvent): string {
  const facts = searched.flatMap((name) => {
    const value = data[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  const parameters = [['seq', `${seq}`] as const, ['hash', hash] as const, ...facts]
  const written = parameters.map(([name, value]) => `${name}="${escapeValue(value)}"`)
  return `[einlass@32473 ${written.join(' ')}]`
}

/** UTF-8; three characters are escaped (RFC 5424 section 6.3.3). */
const escapeValue = (value: string): string => value.replace(/["\\\]]/g, '\\$&')
