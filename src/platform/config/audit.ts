/** The section `audit`: what leaves the database of the audit log. */
import { z } from 'zod'
import { duration, text } from './values.ts'

const headsSchema = z.strictObject({
  file: text(4096)
    .optional()
    .describe(
      'A file to which signed heads of the audit log are appended, for a place where only new lines can be added. Absent: none.',
    ),
  receivers: z
    .array(z.enum(['syslog', 'webhook']))
    .max(2)
    .prefault([])
    .describe('Which receivers of `events` get them as `audit_head`.'),
  every: duration('10s', '24h')
    .prefault('1m')
    .describe('How often one is exported, if there are new events.'),
})

export const auditSchema = z.strictObject({
  heads: headsSchema
    .prefault({})
    .describe(
      'Proof outside of the database of how far the audit log went, see [operations](operations.md#audit-log).',
    ),
})
