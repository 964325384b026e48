/**
 * What ends when an authenticator (a phone, a passkey, a code app) is removed: the proofs that were given with it are not
 * valid any more. Unfinished logins with such a proof end, and so do the sessions that have one. One session goes on: that
 * of the browser in which the owner removes it, because removing takes a recent authentication. A later step-up of that
 * session does not use the proof. What ends besides (its notice, waiting pages, recovery codes) is in factors/authenticators.ts.
 */

import type { Logins } from '../../identity/operations/logins.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../engine/ended-logins.ts'
import type { JourneyStore } from '../engine/store.ts'

export interface RevokeProofsOptions {
  readonly journeys: Pick<
    JourneyStore,
    'endProvenWith' | 'sessionsProvenWith' | 'discountProofsWith'
  >
  readonly logins: Pick<Logins, 'endSessions'>
  readonly events: Pick<Events, 'wake'>
  readonly clock: Clock
}

export interface Revocation {
  readonly userId: Id<'user'>
  /** The ids of the removed authenticators, as proofs have them. */
  readonly ids: readonly string[]
  /** The session that goes on: that of the browser in which the owner removed it. */
  readonly keep: Id<'session'> | undefined
  /** The SHA-256 of the journey in which this happens. That journey goes on. */
  readonly except?: string
  readonly reason: 'factor_removed' | 'codes_replaced'
}

/**
 * Call it when the authenticators are locked or deleted in the same transaction, so that no new proof can be written.
 * @returns how many sessions ended
 */
export type RevokeProofs = (tx: Transaction, revocation: Revocation) => Promise<number>

export function createRevokeProofs({
  journeys,
  logins,
  events,
  clock,
}: RevokeProofsOptions): RevokeProofs {
  return async (tx, { userId, ids, keep, except, reason }) => {
    const ending = { now: clock.now(), ids, reason, ...(except !== undefined && { except }) }
    wakeAfterCommit(events, tx, await journeys.endProvenWith(tx, userId, ending))
    const affected = await journeys.sessionsProvenWith(tx, userId, ids)
    const own = affected.find((id) => id === keep)
    if (own !== undefined && reason === 'factor_removed') {
      await journeys.discountProofsWith(tx, own, ids)
    }
    const others = affected.filter((id) => id !== keep)
    const ended = await logins.endSessions(tx, {
      ...{ userId, ids: others, reason },
      exceptJourney: except,
    })
    return ended.ids.length
  }
}
