/** The section `default_policy`: the rule for every app, in all parts that the app's own rule does not have. */
import { z } from 'zod'
import { groupName } from './values.ts'

/** The rule of an app in the spelling of files. Becomes the `Policy` of identity/policy/policy.ts. */
const ruleFields = {
  second_factor: z
    .enum(['none', 'optional', 'required'])
    .describe(
      '`none`: never required. `optional`: required of users who have one, offered to the others. `required`: required of all, except while they may defer the enrolment.',
    ),
  level: z
    .enum(['possession', 'number', 'code', 'verified_code', 'phishing_resistant'])
    .optional()
    .describe(
      'The required level, see [assurance](assurance.md). If no rule names one: `possession`.',
    ),
  skips: z
    .int()
    .min(0)
    .max(1000)
    .describe('How often a user may defer the enrolment, over all apps.'),
  skip_until: z.iso
    .date()
    .meta({ title: 'a day such as 2030-12-31' })
    .optional()
    .describe('The last day (UTC) on which a user may defer the enrolment.'),
  decline: z
    .boolean()
    .describe('Whether a user may choose *do not ask again*. Only with `optional`.'),
  decline_days: z
    .int()
    .min(1)
    .max(3650)
    .optional()
    .describe(
      'After how many days a user who declined is asked again. If no rule names them: never.',
    ),
  plain_approval: z
    .boolean()
    .describe(
      'Whether users may approve with a tap on phones whose app is too old for numbers. This achieves a lower level.',
    ),
  first_factor: z
    .enum(['password', 'network', 'invitation', 'pass'])
    .optional()
    .describe(
      'What a user without a second factor needs beside the password to enrol the first one, see [rolling out](rolling-out.md). `password`: nothing more. `network`: a network with `enrolment`. `invitation`: a link from `einlass invitation create`. `pass`: a code from the service desk. The strictest rule of all apps that the user may enter applies, in all of them. If no rule names it: `password`.',
    ),
}

const groupRuleSchema = z.strictObject({
  group: groupName.describe('The group, as in `einlass user group add`.'),
  ...z.object(ruleFields).partial().shape,
})

export const defaultPolicySchema = z
  .strictObject({
    ...ruleFields,
    second_factor: ruleFields.second_factor.default('optional'),
    skips: ruleFields.skips.default(3),
    decline: ruleFields.decline.default(false),
    plain_approval: ruleFields.plain_approval.default(false),
    groups: z
      .array(groupRuleSchema)
      .max(100)
      .optional()
      .describe(
        'Different values for members of groups. Absent keys are as above. For a user in several groups, the first in this list applies.',
      ),
  })
  .transform(({ plain_approval, groups, ...general }) => ({
    ...buildRule(general),
    secondFactor: general.second_factor,
    skips: general.skips,
    decline: general.decline,
    ...(plain_approval && { plainApproval: true }),
    ...(groups && { groups: groups.map(({ group, ...rule }) => ({ group, ...buildRule(rule) })) }),
  }))

type Rule = z.output<z.ZodObject<typeof ruleFields>>

/** Converts a rule to the names of the code; absent parts stay absent. */
function buildRule(rule: { readonly [Name in keyof Rule]?: Rule[Name] | undefined }) {
  return {
    ...(rule.second_factor !== undefined && { secondFactor: rule.second_factor }),
    ...(rule.level !== undefined && { level: rule.level }),
    ...(rule.skips !== undefined && { skips: rule.skips }),
    ...(rule.skip_until !== undefined && { skipUntil: rule.skip_until }),
    ...(rule.decline !== undefined && { decline: rule.decline }),
    ...(rule.decline_days !== undefined && { declineDays: rule.decline_days }),
    ...(rule.plain_approval !== undefined && { plainApproval: rule.plain_approval }),
    ...(rule.first_factor !== undefined && { firstFactor: rule.first_factor }),
  }
}
