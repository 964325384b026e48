/** Passkeys as one of the second factors that a person can choose among. */
import { acrPhishingResistant } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { SecondFactorWay } from '../factor.ts'
import type { PasskeyStore } from './store.ts'

export function createPasskeyWay(store: PasskeyStore): SecondFactorWay<'passkey'> {
  return {
    name: 'passkey',
    label: message('other.passkey'),
    hint: message('other.passkey.hint'),
    reach: acrPhishingResistant,
    icon: 'key',
    isFallback: false,
    async holding(queries, userId) {
      const all = await store.allOf(queries, userId)
      if (all.length === 0) return undefined
      // Browsers offer a passkey to its own host alone. Were it forgotten, the password would be enough to add another.
      const usable = all.filter(({ isOfThisHost }) => isOfThisHost)
      if (usable.length === 0) return { lastUsedAt: null, isLost: true }
      return { lastUsedAt: Math.max(...usable.map((one) => one.lastUsedAt ?? 0)) || null }
    },
  }
}
