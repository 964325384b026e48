/** The rules under which a person deferred a second factor in a session. Owns how they are stored with the session. */
import { z } from 'zod'
import type { EffectivePolicy } from '../../identity/policy/effective.ts'
import type { Policy } from '../../identity/policy/policy.ts'

/** What a rule requires, as far as a deferral depends on it. */
export type DeferralRule = Pick<Policy, 'secondFactor' | 'level' | 'skips'>

const ruleSchema = z.object({
  secondFactor: z.enum(['none', 'optional', 'required']),
  level: z.enum(['possession', 'number', 'code', 'verified_code', 'phishing_resistant']).optional(),
  skips: z.number(),
})

/** Earlier versions wrote a single rule. */
const storedSchema = z.union([z.array(ruleSchema), ruleSchema])

/** @returns JSON of the one rule */
export function writeDeferralRule({ secondFactor, level, skips }: EffectivePolicy): string {
  return JSON.stringify({ secondFactor, level, skips })
}

/** @param stored JSON of one rule or several. Throws for anything else. */
export function parseDeferralRules(stored: string | undefined): readonly DeferralRule[] {
  return stored === undefined ? [] : [storedSchema.parse(JSON.parse(stored))].flat()
}
