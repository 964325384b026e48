/** A person's code apps, as their own pages show and change them. */
import type { Audit } from '../../audit/audit.ts'
import type { Notices } from '../../mail/notices.ts'
import { acrPossession } from '../../policy/assurance.ts'
import type { Attempts } from '../attempts.ts'
import type { Authenticators } from '../factor.ts'
import type { TotpStore } from './store.ts'

export interface TotpAuthenticatorsOptions {
  readonly store: TotpStore
  readonly attempts: Pick<Attempts, 'offOf'>
  readonly audit: Audit
  readonly notices: Notices
}

export function createTotpAuthenticators(options: TotpAuthenticatorsOptions): Authenticators {
  const { store, attempts, audit, notices } = options
  return {
    kind: 'totp',

    async list(queries, userId) {
      const apps = await store.activeOf(queries, userId)
      const isOff = apps.length > 0 && (await attempts.offOf(queries, userId)).has('totp')
      return apps.map(({ id, name, createdAt, lastUsedAt }) => ({
        id,
        kind: 'totp',
        name,
        addedAt: createdAt,
        lastUsedAt,
        reach: acrPossession,
        state: isOff ? 'off' : 'usable',
      }))
    },

    async rename(queries, userId, id, name) {
      if (!(await store.rename(queries, { id, userId, name }))) return false
      await audit.totpRenamed(queries, { userId, authenticatorId: id, name })
      return true
    },

    async remove(queries, userId, id) {
      const removed = await store.remove(queries, { id, userId })
      if (removed === undefined) return false
      await notices.totpRemoved(queries, { userId, device: removed.name })
      await audit.totpRemoved(queries, { userId, authenticatorId: id })
      return true
    },
  }
}
