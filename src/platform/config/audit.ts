/** The section `audit`: what is sent out of the audit log in the database. */
import { z } from 'zod'
import { auditReceiversSchema } from './audit-receivers.ts'
import { duration, text } from './values.ts'

const headsSchema = z.strictObject({
  file: text(4096)
    .optional()
    .describe(
      'A file to which signed heads of the audit log are appended. Put it on append-only storage. Absent: no file.',
    ),
  receivers: z
    .array(text(32))
    .max(12)
    .prefault([])
    .describe(
      'The receivers that get them as `audit_head`: `syslog` and `webhook` of `events`, and names of `audit.receivers`.',
    ),
  every: duration('10s', '24h')
    .prefault('1m')
    .describe('How often a signed head is exported, if there are new events.'),
})

export const auditSchema = z.strictObject({
  receivers: auditReceiversSchema
    .prefault([])
    .describe(
      'Where events of the audit log are sent as they happen, see [events](events.md#the-audit-log-as-it-happens).',
    ),
  heads: headsSchema
    .prefault({})
    .describe(
      'Signed heads, which prove outside of the database how far the audit log went, see [audit log](audit-log.md).',
    ),
})
