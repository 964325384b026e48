/** A person's code apps, as their own pages show and change them. */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { Authenticators, Factor } from '../factor.ts'
import { totpEvents } from './events.ts'
import { totpNotices } from './notices.ts'
import type { TotpStore } from './store.ts'

export interface TotpAuthenticatorsOptions {
  readonly store: TotpStore
  readonly audit: Audit
}

export function createTotpAuthenticators(options: TotpAuthenticatorsOptions): Authenticators {
  const { store, audit } = options
  return {
    kind: 'totp',
    removalNotice: totpNotices.removed,

    async list(queries, userId) {
      const apps = await store.listActive(queries, userId)
      return apps.map(({ id, name, createdAt, lastUsedAt }) => ({
        id,
        kind: 'totp',
        name,
        addedAt: createdAt,
        lastUsedAt,
        level: acrPossession,
        state: 'usable',
      }))
    },

    async rename(queries, userId, id, name) {
      if (!(await store.rename(queries, { id, userId, name }))) return false
      await audit.record(queries, totpEvents.renamed, { userId, authenticatorId: id, name })
      return true
    },

    async remove(tx, userId, id, by) {
      const name = (await store.find(tx, id))?.name ?? null
      if (!(await store.remove(tx, { id, userId }))) return undefined
      await audit.record(tx, totpEvents.removed, { userId, authenticatorId: id, name, by })
      return {
        waiting: [],
        provenBy: [id],
      }
    },
  }
}

export function createFindEnrolled(store: TotpStore): Factor['findEnrolled'] {
  return async (queries, userId) => {
    const [authenticator] = await store.listActive(queries, userId)
    return authenticator === undefined ? undefined : { lastUsedAt: authenticator.lastUsedAt }
  }
}
