/** For tests of single factors: what follows of a removal, on the real tables. */
import { createAudit } from '../../identity/audit/audit.ts'
import { createLogins } from '../../identity/operations/logins.ts'
import { createSessions } from '../../identity/sessions/sessions.ts'
import { createLoginHooks } from '../../login/engine/ended-logins.ts'
import { createJourneyStore } from '../../login/engine/store.ts'
import { createEndProven } from '../../login/factors/end-proven.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { createEvents, type Events } from '../../platform/kernel/events.ts'
import { silentLog as log } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'

export function createTestLogins(options: {
  readonly db: Database
  readonly clock: Clock
  readonly events?: Events
}) {
  const { db, clock, events = createEvents() } = options
  const limits = { idle: hours(2), absolute: hours(12) }
  const sessions = createSessions({ db, clock, random, limits, log })
  const journeys = createJourneyStore({ random })
  const hooks = createLoginHooks({ store: journeys, events, clock })
  const logins = createLogins({ sessions, audit: createAudit({ clock }), hooks })
  return { logins, endProven: createEndProven({ journeys, logins, events, clock }) }
}
