/**
 * What follows for logins when an authenticator is removed: what was proven with it does not count any more. Owns what ends
 * and what stays. Logins under way and other sessions that stand on it end. The session of the browser in which its owner
 * removes it goes on, as the login that this takes is a fresh one; but for a later step-up that proof is gone.
 */

import type { Logins } from '../../identity/operations/logins.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../engine/ended-logins.ts'
import type { JourneyStore } from '../engine/store.ts'

export interface EndProvenOptions {
  readonly journeys: Pick<JourneyStore, 'endProvenWith' | 'sessionsProvenWith' | 'discountProofsOf'>
  readonly logins: Pick<Logins, 'endSessions'>
  readonly events: Pick<Events, 'wake'>
  readonly clock: Clock
}

export interface Proven {
  readonly userId: Id<'user'>
  /** The ids by which proofs name what was removed. */
  readonly ids: readonly string[]
  /** The session of the browser in which its owner removed it. */
  readonly keep: Id<'session'> | undefined
  /** The journey in which this happens. */
  readonly except?: string
  readonly reason: 'factor_removed' | 'codes_replaced'
}

/**
 * Call it after what is removed is locked: then no proof with it is still on its way.
 * @returns how many sessions it has ended
 */
export type EndProven = (tx: Transaction, proven: Proven) => Promise<number>

export function createEndProven({ journeys, logins, events, clock }: EndProvenOptions): EndProven {
  return async (tx, { userId, ids, keep, except, reason }) => {
    const ending = { now: clock.now(), ids, ...(except !== undefined && { except }) }
    wakeAfterCommit(events, tx, await journeys.endProvenWith(tx, userId, ending))
    const affected = await journeys.sessionsProvenWith(tx, userId, ids)
    const own = affected.find((id) => id === keep)
    if (own !== undefined && reason === 'factor_removed') {
      await journeys.discountProofsOf(tx, own, ids)
    }
    const others = affected.filter((id) => id !== keep)
    return (await logins.endSessions(tx, { userId, ids: others, reason })).ids.length
  }
}
