/** The section `service_desk`: what operators may do for users who are locked out. */
import { z } from 'zod'
import { duration, text } from './values.ts'

export const serviceDeskSchema = z.strictObject({
  pass: z
    .enum(['once', 'hours'])
    .default('once')
    .describe(
      'How often a pass lets its user in: `once`, or as often as needed in its `hours` of validity.',
    ),
  pass_max_lifetime: duration('5m', '7d')
    .prefault('24h')
    .describe('The longest validity that a pass can be given.'),
  verify_caller: z
    .enum(['off', 'required'])
    .default('off')
    .describe(
      '`required`: one operator alone issues a pass only to a caller whom the same operator has verified by `einlass verify-caller` in the last 15 minutes, one pass for each verification. For everybody else two people are needed.',
    ),
  two_people_groups: z
    .array(text(100))
    .max(100)
    .default([])
    .describe(
      'Groups whose members get a pass only when one operator has requested it and another one has approved it. One operator alone neither sets their password nor removes all of their second factors.',
    ),
})
