/** A person's passkeys, as their own pages show and change them. */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrPhishingResistant } from '../../../identity/policy/assurance.ts'
import type { Authenticators, Factor } from '../factor.ts'
import { passkeyEvents } from './events.ts'
import { passkeyNotices } from './notices.ts'
import type { PasskeyStore } from './store.ts'

export interface PasskeyAuthenticatorsOptions {
  readonly store: PasskeyStore
  readonly audit: Audit
}

export function createPasskeyAuthenticators(options: PasskeyAuthenticatorsOptions): Authenticators {
  const { store, audit } = options
  return {
    kind: 'passkey',
    removalNotice: passkeyNotices.removed,

    async list(queries, userId) {
      const passkeys = await store.listAll(queries, userId)
      return passkeys.map(({ id, name, createdAt, lastUsedAt, isOfThisHost }) => ({
        id,
        kind: 'passkey',
        name,
        addedAt: createdAt,
        lastUsedAt,
        level: acrPhishingResistant,
        state: isOfThisHost ? 'usable' : 'other_host',
      }))
    },

    async rename(queries, userId, id, name) {
      if (!(await store.rename(queries, userId, id, name))) return false
      await audit.record(queries, passkeyEvents.renamed, { userId, passkeyId: id, name })
      return true
    },

    async remove(tx, userId, id, by) {
      const name = await store.remove(tx, userId, id)
      if (name === undefined) return undefined
      await audit.record(tx, passkeyEvents.removed, { userId, passkeyId: id, name, by })
      return {
        waiting: [],
        provenBy: [id],
      }
    },
  }
}

export function createFindEnrolled(store: PasskeyStore): Factor['findEnrolled'] {
  return async (queries, userId) => {
    const all = await store.listAll(queries, userId)
    if (all.length === 0) return undefined
    // Browsers offer a passkey to its own host alone. If those of another host were ignored, the password would be enough to add
    // one.
    const usable = all.filter(({ isOfThisHost }) => isOfThisHost)
    if (usable.length === 0) return { lastUsedAt: null, isLost: true }
    return { lastUsedAt: Math.max(...usable.map((one) => one.lastUsedAt ?? 0)) || null }
  }
}
