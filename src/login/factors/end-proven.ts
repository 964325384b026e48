/**
 * What follows for logins when an authenticator is removed: whatever was proven with it counts no longer. Owns what ends
 * and what stays. Logins under way and other sessions that stand on it end. The session of the browser in which its owner
 * removes it goes on, as the login that this takes is a fresh one; but for a later step-up that proof is gone.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import { sessionEvents } from '../../identity/sessions/events.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { journeyTopic } from '../engine/engine.ts'
import type { JourneyStore } from '../engine/store.ts'

export interface EndProvenOptions {
  readonly journeys: Pick<
    JourneyStore,
    'endProvenWith' | 'endOfSessions' | 'sessionsProvenWith' | 'discountProofsOf'
  >
  readonly sessions: Pick<Sessions, 'end' | 'announceEnd'>
  readonly audit: Audit
  readonly events: Events
  readonly clock: Clock
  readonly log: Log
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

export interface EndedProven {
  /** Writes the audit events. Call it at the end of the transaction. */
  audit(): Promise<void>
  /** Tells apps and waiting pages. Call it after the commit. */
  after(): void
}

/** Call it in a transaction, after what is removed is locked: then no proof with it is still on its way. */
export type EndProven = (queries: Queries, proven: Proven) => Promise<EndedProven>

export function createEndProven(options: EndProvenOptions): EndProven {
  const { journeys, sessions, audit, events, clock, log } = options
  return async (queries, { userId, ids, keep, except, reason }) => {
    const now = clock.now()
    const waiting = await journeys.endProvenWith(queries, userId, {
      now,
      ids,
      ...(except !== undefined && { except }),
    })
    const ended: Id<'session'>[] = []
    for (const id of await journeys.sessionsProvenWith(queries, userId, ids)) {
      if (id !== keep) {
        if (await sessions.end(queries, id, reason)) ended.push(id)
      } else if (reason === 'factor_removed') await journeys.discountProofsOf(queries, id, ids)
    }
    waiting.push(...(await journeys.endOfSessions(queries, userId, { now, sessionIds: ended })))
    return {
      async audit() {
        for (const sessionId of ended) {
          await audit.record(queries, sessionEvents.ended, { userId, sessionId, reason })
        }
      },
      after() {
        for (const journey of waiting) events.wake(journeyTopic(journey))
        sessions
          .announceEnd(ended)
          .catch((error: unknown) => log.error({ error }, 'an end was not told'))
      },
    }
  }
}
