/** For tests of single factors: what follows of a removal, on the real tables. */
import { createAudit } from '../audit/audit.ts'
import { createJourneyStore } from '../engine/store.ts'
import { type Clock, hours } from '../kernel/clock.ts'
import { createEvents, type Events } from '../kernel/events.ts'
import { silentLog as log } from '../kernel/log.ts'
import { systemRandom as random } from '../kernel/random.ts'
import { createSessions } from '../sessions/sessions.ts'
import type { Database } from '../storage/database.ts'
import { createEndProven } from './end-proven.ts'

export function createTestEndProven(options: {
  readonly db: Database
  readonly clock: Clock
  readonly events?: Events
}) {
  const { db, clock, events = createEvents() } = options
  const limits = { idle: hours(2), absolute: hours(12) }
  const sessions = createSessions({ db, clock, random, limits, log })
  const journeys = createJourneyStore({ random })
  return createEndProven({ journeys, sessions, audit: createAudit({ clock }), events, clock, log })
}
