/** Audit events of apps. */
import { type By, event, notShown } from '../audit/event.ts'

export const appEvents = {
  created: event<{ appId: string; by: By }>('app_created', notShown),
  /** `changes`: a line for each setting that changed, for example `secondFactor: default → required`. */
  changed: event<{ appId: string; changes: readonly string[]; by: By }>('app_changed', notShown),
  /** `earlierUntil` (ms): until then the earlier secret is valid too. */
  secretRenewed: event<{ appId: string; by: By; earlierUntil?: number }>(
    'app_secret_renewed',
    notShown,
  ),
  earlierSecretEnded: event<{ appId: string; by: By }>('app_earlier_secret_ended', notShown),
  removed: event<{ appId: string; by: By }>('app_removed', notShown),
  /** `einlass app test`, which has no other events: its requests are marked. `wrong`, `warnings`: how many findings. */
  tested: event<{
    appId: string
    result: 'right' | 'warnings' | 'wrong' | 'interrupted'
    wrong?: number
    warnings?: number
    by: By
  }>('app_tested', notShown),
  /** An administrator has adopted an app that had registered itself. */
  adopted: event<{ appId: string; by: By }>('app_adopted', notShown),
}

export const registrationTokenEvents = {
  /** `policy`: the rule of its apps, as JSON; `expiresAt` in ISO 8601. */
  issued: event<{
    tokenId: string
    name: string
    uses: number
    expiresAt: string
    policy: string
    by: By
  }>('registration_token_issued', notShown),
  revoked: event<{ tokenId: string; by: By }>('registration_token_revoked', notShown),
}
