/** A person's code apps, as their own pages show and change them. */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Authenticators, Factor } from '../factor.ts'
import { readDefaultName } from './default-name.ts'
import { totpEvents } from './events.ts'
import { totpNotices } from './notices.ts'
import type { TotpAuthenticator, TotpStore } from './store.ts'

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
      return apps.map(({ id, name, createdAt, activatedAt, lastUsedAt }) => ({
        id,
        kind: 'totp',
        name,
        addedAt: activatedAt ?? createdAt,
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
    const authenticators = await store.listActive(queries, userId)
    const [authenticator] = authenticators
    if (authenticator === undefined) return undefined
    const device = findOnlyName(authenticators)
    return {
      lastUsedAt: authenticator.lastUsedAt,
      lastUsedId: authenticator.id,
      ...(device !== undefined && { hint: message('other.totp.hint.named', { device }) }),
    }
  }
}

/** Where all codes come from one device: its name. A code app that nobody has named has none. */
export function findOnlyName(
  authenticators: readonly Pick<TotpAuthenticator, 'name'>[],
): string | undefined {
  const [only, ...more] = authenticators
  if (only === undefined || more.length > 0) return undefined
  return readDefaultName(only.name) === undefined ? only.name : undefined
}
