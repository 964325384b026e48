/** A person's recovery codes, as their own pages show and remove them: all unused codes are one authenticator. */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Authenticators, Factor } from '../factor.ts'
import { recoveryEvents } from './events.ts'
import { recoveryNotices } from './notices.ts'
import type { RecoveryStore } from './store.ts'

export interface RecoveryAuthenticatorsOptions {
  readonly store: RecoveryStore
  readonly audit: Audit
  /** `false` when this installation has no recovery codes. */
  readonly isOn: boolean
}

/** A person has one set, so it needs no other name. */
const id = 'recovery'

export function createRecoveryAuthenticators(
  options: RecoveryAuthenticatorsOptions,
): Authenticators {
  const { store, audit, isOn } = options
  return {
    kind: 'recovery',
    removalNotice: recoveryNotices.removed,

    async list(queries, userId) {
      const codes = isOn ? await store.findLeft(queries, userId) : undefined
      if (codes === undefined) return []
      const { left, createdAt: addedAt, lastUsedAt } = codes
      const level = acrPossession
      return [
        {
          id,
          kind: 'recovery',
          name: null,
          addedAt,
          lastUsedAt,
          level: level,
          state: 'usable',
          left,
        },
      ]
    },

    rename: async () => false,

    async remove(tx, userId, which, by) {
      if (which !== id || !(await store.removeUnused(tx, userId))) return undefined
      await audit.record(tx, recoveryEvents.removed, { userId, by })
      return {
        waiting: [],
        provenBy: await store.listUsed(tx, userId),
      }
    },
  }
}

/** If they are switched off, nobody has any. */
export function createFindEnrolled(store: RecoveryStore, isOn: boolean): Factor['findEnrolled'] {
  return async (queries, userId) => {
    const codes = isOn ? await store.findLeft(queries, userId) : undefined
    if (codes === undefined) return undefined
    const { left, lastUsedAt } = codes
    return { lastUsedAt, hint: message('other.recovery.hint', { left }) }
  }
}
