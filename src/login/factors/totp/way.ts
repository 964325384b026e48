/** A code app as one of the second factors that a person can choose among. */
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { SecondFactorWay } from '../factor.ts'
import type { TotpStore } from './store.ts'

export function createTotpWay(store: TotpStore): SecondFactorWay<'totp'> {
  return {
    name: 'totp',
    label: message('other.totp'),
    hint: message('other.totp.hint'),
    reach: acrPossession,
    icon: 'code',
    isFallback: false,
    async holding(queries, userId) {
      const [authenticator] = await store.activeOf(queries, userId)
      return authenticator === undefined ? undefined : { lastUsedAt: authenticator.lastUsedAt }
    },
  }
}
