/** What the end of a login means for its journeys: they end too, and pages that wait in them see it. */
import type { LoginHooks } from '../../identity/operations/logins.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import { afterCommit, type Transaction } from '../../platform/storage/transact.ts'
import { journeyTopic } from './engine.ts'
import type { JourneyStore } from './store.ts'

export interface EndedLoginsOptions {
  readonly store: Pick<JourneyStore, 'endAll' | 'endOfSessions'>
  readonly events: Pick<Events, 'wake'>
  readonly clock: Clock
}

export function createLoginHooks({ store, events, clock }: EndedLoginsOptions): LoginHooks {
  return {
    async sessionsEnded(tx, { userId, sessionIds, reason, exceptJourney }) {
      const ended = { now: clock.now(), sessionIds, reason, except: exceptJourney }
      wakeAfterCommit(events, tx, await store.endOfSessions(tx, userId, ended))
    },
    async loginsEnded(tx, { userId, reason, exceptJourney }) {
      const except = exceptJourney === undefined ? {} : { except: exceptJourney }
      const now = clock.now()
      wakeAfterCommit(events, tx, await store.endAll(tx, userId, { now, reason, ...except }))
    },
  }
}

/** Pages that wait in these journeys look again when the transaction is committed. */
export function wakeAfterCommit(
  events: Pick<Events, 'wake'>,
  tx: Transaction,
  journeyHashes: readonly string[],
): void {
  afterCommit(tx, () => {
    for (const hash of journeyHashes) events.wake(journeyTopic(hash))
  })
}
