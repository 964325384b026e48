/** A person's pass, as their own pages and the service desk show and remove it. Only a valid pass is listed. */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { message } from '../../../platform/ui/message.ts'
import type { Authenticators, Factor } from '../factor.ts'
import { deskPassEvents } from './events.ts'
import { deskPassNotices } from './notices.ts'
import type { DeskPassStore } from './store.ts'

export interface DeskPassAuthenticatorsOptions {
  readonly store: DeskPassStore
  readonly audit: Audit
}

/** A person has at most one pass, so it needs no other id. */
const id = 'desk-pass'

export function createDeskPassAuthenticators({
  store,
  audit,
}: DeskPassAuthenticatorsOptions): Authenticators {
  return {
    kind: 'desk-pass',
    removalNotice: deskPassNotices.revoked,

    async list(queries, userId) {
      const pass = await store.findLive(queries, userId)
      if (pass === undefined) return []
      const until = { label: message('authenticator.until'), value: pass.expiresAt }
      return [
        {
          id,
          kind: 'desk-pass',
          name: null,
          addedAt: pass.createdAt,
          lastUsedAt: pass.lastUsedAt,
          level: acrPossession,
          state: 'usable',
          facts: [
            {
              label: until.label,
              value: message('authenticator.until.value', { at: until.value }),
            },
          ],
        },
      ]
    },

    rename: async () => false,

    async remove(tx, userId, which, by) {
      if (which !== id || !(await store.end(tx, userId))) return undefined
      await audit.record(tx, deskPassEvents.revoked, { userId, by })
      return { waiting: [], provenBy: (await store.list(tx, userId)).map((one) => one.id) }
    },
  }
}

/** Its owner has just called for it, so it comes before recovery codes that were used long ago. */
export function createFindEnrolled(store: DeskPassStore): Factor['findEnrolled'] {
  return async (queries, userId) => {
    const pass = await store.findLive(queries, userId)
    return pass && { lastUsedAt: pass.lastUsedAt ?? pass.createdAt }
  }
}
