/**
 * Which proof an app demands, and what a person may put off. Owns the rules as data and the decision; does not know
 * how a factor works or what a page looks like.
 */
import { z } from 'zod'

/** The rule of one app, as stored and as written in files. */
export const policySchema = z.strictObject({
  /** `none`: never asked. `optional`: asked when the user has one, offered when not. `required`: nobody gets in without. */
  secondFactor: z.enum(['none', 'optional', 'required']).default('optional'),
  /** How often a person without a second factor may put registration off. */
  skips: z.int().min(0).max(1000).default(3),
  /** The last day on which it may be put off, `YYYY-MM-DD` in UTC; absent: no last day. */
  skipUntil: z.iso.date().optional(),
  /** Whether a person may say *do not ask again*. Never honoured where the factor is required. */
  decline: z.boolean().default(false),
})

export type Policy = z.output<typeof policySchema>
