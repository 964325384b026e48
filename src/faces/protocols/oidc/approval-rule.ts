/** The effect of an app's rule on requests at phones. These begin without a password, so an approval is only one factor. */
import type { App } from '../../../identity/apps/apps.ts'
import { acrVerifiedCode } from '../../../identity/policy/assurance.ts'
import type { EffectivePolicy } from '../../../identity/policy/effective.ts'
import type { Authenticator } from '../../../login/factors/factor.ts'
import type { HintedApp } from '../protocol.ts'
import type { OidcAppSettings } from './settings.ts'

/** The effect and what to do; `undefined`: an approval is enough. */
export function explainApprovalRule({
  id,
  policy,
}: Pick<HintedApp, 'id' | 'policy'>):
  | { readonly text: string; readonly advice: string }
  | undefined {
  if (policy.secondFactor === 'none') return undefined
  return {
    text: 'Its rule asks for a second factor, which an approval alone is not: only phones that verify their user are asked.',
    advice: `If that is not what is meant: einlass app change ${id} --second-factor none`,
  }
}

/** For an app with `--ciba`. */
export function hintApproval(app: HintedApp<Pick<OidcAppSettings, 'ciba'>>): readonly string[] {
  const explained = app.settings.ciba === true ? explainApprovalRule(app) : undefined
  return explained === undefined ? [] : [explained.text, explained.advice]
}

/** For an operator: apps that use requests at phones, but ask no phone of this user, in one sentence or none. */
export async function listUnaskedApps(
  apps: readonly App[],
  own: readonly Authenticator[],
  findRule: (app: App) => Promise<Pick<EffectivePolicy, 'secondFactor' | 'isEntryRefused'>>,
): Promise<string[]> {
  // Only a phone that verifies its user has exactly this level.
  if (own.some(({ level }) => level === acrVerifiedCode)) return []
  const names: string[] = []
  for (const app of apps) {
    if (app.protocol !== 'oidc' || app.settings.ciba !== true) continue
    const { secondFactor, isEntryRefused } = await findRule(app)
    if (!isEntryRefused && secondFactor !== 'none') names.push(app.name)
  }
  if (names.length === 0) return []
  return [
    `${names.join(', ')} asks no phone of this user (approval_is_one_factor): the rule asks for a second factor, and an approval alone is one. Only phones that verify their user are asked.`,
  ]
}
