/** The section `events`: where events for the service desk are sent. */
import { z } from 'zod'
import { isLoopback, text, webAddress } from './values.ts'

/** A host without a port. */
export const serverName = z
  .string()
  .regex(/^[a-z\d](?:[a-z\d.:-]{0,253}[a-z\d])?$|^::1$/i)
  .meta({ title: 'the name or address of a server' })

/** Whether a request to this address cannot be read on the network. */
export function isPrivatePost(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'https:' || isLoopback(url?.hostname.replace(/[[\]]/g, '') ?? '')
}

const webhookSchema = z.strictObject({
  url: webAddress
    .refine(isPrivatePost, 'an https address, or http on this machine')
    .describe('Where events are posted: https, or http on this machine.'),
  secret: text(1024)
    .min(16)
    .meta({ title: 'a text of 16 to 1024 characters', writeOnly: true })
    .describe('The secret that signs the posts.'),
})

const syslogSchema = z
  .strictObject({
    host: serverName.describe(
      'The syslog server. With `tls`, its certificate must be for this name.',
    ),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe('The port. Absent: 6514 with `tls`, otherwise 514.'),
    transport: z.enum(['udp', 'tcp', 'tls']).default('tls').describe('The transport protocol.'),
  })
  .transform(({ port, ...syslog }) => ({
    ...syslog,
    port: port ?? (syslog.transport === 'tls' ? 6514 : 514),
  }))

export const eventsSchema = z.strictObject({
  webhook: webhookSchema.optional().describe('Events as JSON in POST requests. Absent: off.'),
  syslog: syslogSchema.optional().describe('Events as syslog messages (RFC 5424). Absent: off.'),
})
