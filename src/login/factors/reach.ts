/** Levels that a rule asks for and nobody can reach with what is configured. Owns the words; knows no app. */

import { createEffectivePolicy } from '../../identity/policy/effective.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { Config } from '../../platform/config/schema.ts'
import { passkeySiteOf } from './passkey/site.ts'
import { hasSenders } from './push/senders/configured.ts'

type Parts = Pick<Config, 'public_url' | 'push'>

/** What is missing for a level, as the end of a sentence; undefined: nothing. Codes of an app, for the lowest, always work. */
export function missingFor(
  { public_url: url, push }: Parts,
  level: Policy['level'],
): string | undefined {
  if (level === undefined || level === 'possession') return undefined
  if (url !== undefined && passkeySiteOf(url) !== undefined) return undefined
  if (level === 'number' && hasSenders(push.senders)) return undefined
  const found = url === undefined ? 'public_url is not configured' : `public_url is ${url}`
  const passkeys = `needs passkeys, and browsers have them only for https and a name: ${found}`
  if (level === 'phishing_resistant') return passkeys
  return `needs approval on the phone, and push.senders has no sender; or it ${passkeys}`
}

/** What of a rule is out of reach, a sentence for everybody and for each group that asks for another level. */
export function outOfReach(config: Parts, policy: Policy): string[] {
  const groups = (policy.groups ?? []).map(({ group }) => group)
  const rules = [
    { whose: '', rule: createEffectivePolicy(policy, { groups: [] }) },
    ...groups.map((group) => ({
      whose: ` for the group ${group}`,
      rule: createEffectivePolicy(policy, { groups: [group] }),
    })),
  ]
  return rules.flatMap(({ whose, rule: { secondFactor, level } }, at) => {
    if (secondFactor === 'none') return []
    const missing = missingFor(config, level)
    const isSame = at > 0 && level === policy.level && secondFactor === policy.secondFactor
    if (missing === undefined || isSame) return []
    const most =
      secondFactor === 'required' ? 'Nobody gets in' : 'Nobody can set up what it asks for'
    return [`level ${level}${whose} ${missing}. ${most}.`]
  })
}
