/** Passkeys as one of the second factors that a person can choose among. */
import { acrPhishingResistant } from '../../policy/assurance.ts'
import { message } from '../../ui/message.ts'
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
      const [passkey] = await store.listOf(queries, userId)
      return passkey === undefined ? undefined : { lastUsedAt: passkey.lastUsedAt }
    },
  }
}
