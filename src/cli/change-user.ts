/** What commands that change one user have in common: finding the user, and what follows a change. */

import { createAudit } from '../identity/audit/audit.ts'
import { openNotify } from '../identity/notify/mail/mail.ts'
import { sessionEvents } from '../identity/sessions/events.ts'
import { createSessions, sessionsTopic } from '../identity/sessions/sessions.ts'
import { createLocalUsers } from '../identity/users/local.ts'
import { lockUser } from '../identity/users/lock.ts'
import type { User } from '../identity/users/user.ts'
import { journeyTopic } from '../login/engine/engine.ts'
import { createJourneyStore } from '../login/engine/store.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import type { Database, Queries } from '../platform/storage/database.ts'
import { transact } from '../platform/storage/transact.ts'
import { type Wake, withDatabase } from './database.ts'

const users = createLocalUsers({ clock, random })
const audit = createAudit({ clock })
const journeys = createJourneyStore({ random })

export interface Change {
  readonly config: Config
  readonly db: Database
  readonly queries: Queries
  readonly user: User
  readonly wake: Wake
}

/** Changes one user in a transaction. Throws Fault `not_found` when there is no such user. */
export function changeUser<Result extends object>(
  config: Config,
  name: string,
  change: (options: Change) => Promise<Result>,
): Promise<Result & { username: string }> {
  return withDatabase(config, (db, wake) =>
    transact(db, async (queries) => {
      const user = await findUser(queries, name)
      const result = await change({ config, db, queries, user, wake })
      return { username: user.username, ...result }
    }),
  )
}

export async function findUser(queries: Queries, name: string): Promise<User> {
  const user = await users.findByName(queries, name)
  if (user === undefined) throw new Fault('not_found', `There is no user ${JSON.stringify(name)}.`)
  return user
}

/** The running server sends them. */
export function notifyFor(config: Config) {
  return openNotify({
    config,
    publicUrl: config.public_url,
    clock,
    random,
    log: silentLog,
    findUser: users.find,
  })
}

/** Sessions whose ends a running server hears of. */
export function sessionsFor({ config, db, wake }: Pick<Change, 'config' | 'db' | 'wake'>) {
  const sessions = createSessions({ db, clock, random, limits: config.sessions, log: silentLog })
  sessions.onEnd(async () => wake(sessionsTopic))
  return sessions
}

/**
 * Ends every session and every login under way of a user inside the transaction that is the reason for it.
 * @param between what has to be done before the audit events, which come last
 */
export async function endSessions(
  change: Change,
  reason: string,
  between: () => Promise<unknown> = async () => undefined,
): Promise<number> {
  const { queries, user, wake } = change
  const sessions = sessionsFor(change)
  await lockUser(queries, user.id)
  const waiting = await journeys.endAllOf(queries, user.id, { now: clock.now() })
  for (const journey of waiting) wake(journeyTopic(journey))
  const ended = await sessions.endAllOf(queries, user.id, reason)
  if (ended.length > 0) wake(sessionsTopic)
  await between()
  for (const sessionId of ended)
    await audit.record(queries, sessionEvents.ended, { userId: user.id, sessionId, reason })
  return ended.length
}

/** Throws Fault `not_allowed` for the only administrator who can log in. Until the transaction ends, there is another. */
export async function refuseLastAdmin(queries: Queries, { id, username }: User): Promise<void> {
  if (!(await users.isLastAdmin(queries, id))) return
  throw new Fault(
    'not_allowed',
    `${username} is the only administrator who can log in, so nothing was changed. Add another one first (einlass user add NAME --admin) or enable one.`,
  )
}
