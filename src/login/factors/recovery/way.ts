/** Recovery codes as a way to fall back on when the other second factors are not at hand. */
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { SecondFactorWay } from '../factor.ts'
import type { RecoveryStore } from './store.ts'

export function createRecoveryWay(
  store: RecoveryStore,
  isOn: boolean,
): SecondFactorWay<'recovery'> {
  return {
    name: 'recovery',
    label: message('other.recovery'),
    hint: message('other.recovery.hint', { left: 0 }),
    reach: acrPossession,
    icon: 'paper',
    isFallback: true,
    async holding(queries, userId) {
      const codes = isOn ? await store.leftOf(queries, userId) : undefined
      if (codes === undefined) return undefined
      const { left, lastUsedAt } = codes
      return { lastUsedAt, hint: message('other.recovery.hint', { left }) }
    },
  }
}
