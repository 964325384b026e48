/**
 * A code app that is set up by the QR code of another factor, as that factor sees it. Owns when it is valid: only after the other
 * factor has proven that the right phone has the secret, and never again once another phone is known to have it.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { RevokeAuthenticator } from '../authenticators.ts'
import type { IsBelowLimit } from '../enrolment-limit.ts'
import type { LinkedCodes } from '../linked-codes.ts'
import type { Lockout } from '../lockout.ts'
import { totpEvents } from './events.ts'
import type { TotpStore } from './store.ts'
import { secretAsBase32, stepAt } from './verify.ts'

export interface TotpLinkedCodesOptions {
  readonly clock: Clock
  readonly store: TotpStore
  readonly lockout: Lockout
  readonly audit: Audit
  readonly revokeAuthenticator: RevokeAuthenticator
  readonly isBelowLimit: IsBelowLimit
}

export function createTotpLinkedCodes(options: TotpLinkedCodesOptions): LinkedCodes {
  const { clock, store, lockout, audit, revokeAuthenticator, isBelowLimit } = options
  return {
    async begin(queries, one) {
      const id = store.newId()
      await store.add(queries, { ...one, id })
      return id
    },

    async findState(queries, id) {
      const found = await store.find(queries, id)
      if (found === undefined) return undefined
      return found.status === 'pending' ? 'new' : 'active'
    },

    async findParameters(queries, id) {
      const found = await store.find(queries, id)
      if (found?.status !== 'pending') return undefined
      const { algorithm, digits, period } = found
      return { secret: secretAsBase32(found.secret()), algorithm, digits, period }
    },

    async activate(queries, { id, userId, name }) {
      const found = await store.find(queries, id)
      if (found === undefined || found.userId !== userId) return false
      if (!(await isBelowLimit(queries, { userId, kind: 'totp' }))) {
        await store.removePending(queries, id)
        return false
      }
      // Another person may have seen on the page the code that is shown at the moment, so it is spent too.
      const shown = stepAt(clock.now(), found)
      if (!(await store.activateUnused(queries, id, shown))) return false
      if (name !== null) await store.rename(queries, { id, userId, name })
      await lockout.unlock(queries, userId, 'totp')
      await audit.record(queries, totpEvents.enrolled, { userId, authenticatorId: id })
      return true
    },

    async drop(queries, id) {
      await store.removePending(queries, id)
    },

    async revoke(tx, { id, userId }) {
      if (await store.removePending(tx, id)) return
      // A person who has seen the key may have logged in with it, also in the browser of this registration, so no session is
      // spared. They do not get the owner's place either: if these codes were the last factor, they are lost.
      await revokeAuthenticator(tx, { userId, id, by: 'second_phone' })
    },
  }
}
