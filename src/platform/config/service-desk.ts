/** The section `service_desk`: what operators may do for users who are locked out. */
import { z } from 'zod'
import { duration, text } from './values.ts'

const operatorSchema = z.strictObject({
  account: text(64).describe('The account of the operating system.'),
  username: text(200)
    .nullable()
    .describe('The user of Einlass; `null`: the operator has no account in Einlass.'),
})

export const serviceDeskSchema = z.strictObject({
  pass: z
    .enum(['once', 'hours'])
    .default('once')
    .describe(
      '`once`: a pass is valid for one login. `hours`: it is valid for any number of logins until it expires.',
    ),
  pass_max_lifetime: duration('5m', '7d')
    .prefault('24h')
    .describe('The longest time for which a pass can be valid.'),
  verify_caller: z
    .enum(['off', 'required'])
    .default('off')
    .describe(
      '`required`: one operator alone can issue a pass only to a caller whom this operator has verified with `einlass verify-caller` in the last 15 minutes, one pass per verification. Otherwise two operators have to issue it.',
    ),
  operators: z
    .array(operatorSchema)
    .max(1000)
    .refine(
      (list) => new Set(list.map(({ account }) => account)).size === list.length,
      'each account once',
    )
    .default([])
    .describe(
      'Which user of Einlass an operator is, by the account of the operating system: operators give no pass to themselves, and two accounts of one user are one person. With a list, every operator must be in it, and `root` without `sudo` issues no pass. Absent: an operator is the user who is named like the account.',
    ),
  two_people_groups: z
    .array(text(100))
    .max(100)
    .default([])
    .describe(
      "Groups whose members get a pass only if one operator requests it and another one approves it. One operator alone can neither set a member's password, nor remove all second factors of a member, nor change a name that identifies a member.",
    ),
})
