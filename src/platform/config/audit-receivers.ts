/** The list `audit.receivers`: where the events of the audit log are sent as they happen. */
import { z } from 'zod'
import { isPrivatePost, serverName } from './events.ts'
import { text, webAddress } from './values.ts'

const receiverSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .refine((name) => name !== 'syslog' && name !== 'webhook', 'another name than those of events')
    .meta({ title: 'up to 32 small letters, digits and hyphens, the first a letter' })
    .describe(
      'The name under which Einlass stores the position of this receiver. Do not change it.',
    ),
  kind: z
    .enum(['syslog', 'webhook'])
    .describe(
      '`syslog`: messages (RFC 5424), requires `host`. `webhook`: signed posts, requires `url` and a secret.',
    ),
  types: z
    .array(
      z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,62}\*?$/)
        .meta({ title: 'an event type such as login_failed, or a prefix such as push_*' }),
    )
    .max(200)
    .default([])
    .describe(
      'The types of events that it gets, such as `login_failed`, or `push_*` for all with this prefix. Absent: all.',
    ),
  host: serverName
    .optional()
    .describe('The syslog server. With `tls`, its certificate must be for this name.'),
  port: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('The port. Absent: 6514 with `tls`, otherwise 514.'),
  transport: z
    .enum(['tcp', 'tls'])
    .default('tls')
    .describe('The transport protocol. Use `tcp` only for a server on this machine.'),
  ca_file: text(4096)
    .optional()
    .describe('The CA certificates (PEM) for the syslog server. Absent: those that Node trusts.'),
  client_certificate_file: text(4096)
    .optional()
    .describe(
      'The certificate (PEM) that Einlass shows the syslog server. Requires `client_key_file`.',
    ),
  client_key_file: text(4096).optional().describe('The private key (PEM) of that certificate.'),
  url: webAddress
    .refine(isPrivatePost, 'an https address, or http on this machine')
    .optional()
    .describe('Where events are posted: https, or http on this machine.'),
  secret: text(1024)
    .min(16)
    .meta({ title: 'a text of 16 to 1024 characters', writeOnly: true })
    .optional()
    .describe('The secret that signs the posts. Better: `secret_file`.'),
  secret_file: text(4096)
    .optional()
    .describe('A file with that secret in one line, read for each post.'),
})

type ReceiverInput = z.output<typeof receiverSchema>

const ofSyslog = ['host', 'port', 'ca_file', 'client_certificate_file', 'client_key_file'] as const
const ofWebhook = ['url', 'secret', 'secret_file'] as const

function listGaps(one: ReceiverInput): { readonly key: string; readonly message: string }[] {
  const place = one.kind === 'syslog' ? 'host' : 'url'
  const others = one.kind === 'syslog' ? ofWebhook : ofSyslog
  const secrets = [one.secret, one.secret_file].filter((it) => it !== undefined)
  const isPaired =
    (one.client_certificate_file === undefined) === (one.client_key_file === undefined)
  return [
    ...(one[place] === undefined
      ? [{ key: place, message: `a value, which ${one.kind} needs` }]
      : []),
    ...others
      .filter((key) => one[key] !== undefined)
      .map((key) => ({ key, message: `no value, as the kind is ${one.kind}` })),
    ...(one.kind === 'webhook' && secrets.length !== 1
      ? [{ key: 'secret', message: 'a secret, here or in secret_file' }]
      : []),
    ...(isPaired
      ? []
      : [{ key: 'client_key_file', message: 'a key together with client_certificate_file' }]),
  ]
}

export const auditReceiversSchema = z
  .array(receiverSchema)
  .max(10)
  .superRefine((all, context) => {
    for (const [at, one] of all.entries()) {
      for (const { key, message } of listGaps(one))
        context.addIssue({ code: 'custom', path: [at, key], message, input: undefined })
      if (all.findIndex(({ name }) => name === one.name) < at) {
        const message = 'each name once'
        context.addIssue({ code: 'custom', path: [at, 'name'], message, input: one.name })
      }
    }
  })
  .transform((all) => all.map(toStreamConfig))

/** A receiver with the settings of its kind. */
export type StreamConfig = ReturnType<typeof toStreamConfig>

function toStreamConfig(one: ReceiverInput) {
  const { name, types } = one
  if (one.kind === 'webhook') {
    const { url = '', secret, secret_file } = one
    return { kind: 'webhook' as const, name, types, url, secret, secret_file }
  }
  const { host = '', transport, port = transport === 'tls' ? 6514 : 514 } = one
  const { ca_file, client_certificate_file, client_key_file } = one
  const files = { ca_file, client_certificate_file, client_key_file }
  return { kind: 'syslog' as const, name, types, host, transport, port, ...files }
}
