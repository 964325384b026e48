/** The section `retention`: when data is deleted that nothing else ends. */
import { z } from 'zod'
import { durationMs } from './values.ts'

const day = 86_400_000
const [shortest, longest] = [30 * day, 36_500 * day]
const title = '`forever`, or a duration from 30d to 36500d, such as 365d'

/** Becomes milliseconds, or `undefined` for "for ever". */
const age = z
  .string()
  .refine((text) => {
    const ms = durationMs(text)
    return text === 'forever' || (ms !== undefined && ms >= shortest && ms <= longest)
  }, title)
  .meta({ title })
  .transform((text) => durationMs(text))

export const retentionSchema = z.strictObject({
  audit: age
    .prefault('forever')
    .describe(
      'How long an event stays in the audit log before it is deleted, see [audit log](audit-log.md#how-long-events-are-stored). A deleted event cannot be restored.',
    ),
})
