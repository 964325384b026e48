/**
 * Lists and ends sessions: people their own, administrators those of others. Except for `logOut`, apps are notified
 * before a call returns.
 */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { listEntered, listEnteredIn } from '../sessions/participants.ts'
import type { LiveSession, SessionSummary } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Users } from '../users/users.ts'
import { type Administrator, auditName, type Person } from './actor.ts'
import type { Logins } from './logins.ts'
import type { ChangeOwn } from './own-change.ts'
import { findUser } from './users.ts'

export interface SessionOperationsOptions {
  readonly db: Database
  readonly sessions: Pick<Sessions, 'isOwnedBy'>
  readonly logins: Logins
  readonly changeOwn: ChangeOwn
}

const reason = 'ended_by_owner'

export type SessionOperations = ReturnType<typeof createSessionOperations>

export function createSessionOperations(options: SessionOperationsOptions) {
  const { db, sessions, logins, changeOwn } = options
  return {
    /**
     * Ends a session that may have ended already, for its browser or for an app that the person logs out of. Resolves
     * when it has ended; `announced` resolves when each app is notified, or could not be reached.
     */
    async logOut({
      id,
      userId,
    }: Pick<LiveSession, 'id' | 'userId'>): Promise<{ readonly announced: Promise<void> }> {
      const end = { userId, ids: [id], reason: 'logout' }
      const { announced } = await transact(db, (tx) => logins.endSessions(tx, end))
      return { announced }
    },

    /** Does nothing to a session that has already ended. Throws Fault `not_found` for a session that is not the person's. */
    async endOwnSession(person: Person, id: string): Promise<void> {
      const { userId } = person.session
      if (!(await isOwned(sessions, id, userId))) throw new Fault('not_found', 'No such session')
      const end = { userId, ids: [id as Id<'session'>], reason }
      const { announced } = await changeOwn(person, (tx) => logins.endSessions(tx, end))
      await announced
    },

    /** Ends all sessions but this one, and every unfinished login: one of them may be the reason for this. */
    async endOtherSessions(person: Person): Promise<void> {
      const { id, userId } = person.session
      const end = { userId, reason, exceptSession: id }
      const { announced } = await changeOwn(person, (tx) => logins.endAll(tx, end))
      await announced
    },
  }
}

/** PostgreSQL accepts no text with a NUL, and no id contains one. */
async function isOwned(
  sessions: Pick<Sessions, 'isOwnedBy'>,
  id: string,
  userId: Id<'user'>,
): Promise<boolean> {
  return /^ses_[\w-]+$/.test(id) && (await sessions.isOwnedBy(id, userId))
}

export interface SessionAdministrationOptions {
  readonly db: Database
  readonly users: Pick<Users, 'findByName'>
  readonly sessions: Pick<Sessions, 'isOwnedBy' | 'listOf'>
  readonly logins: Logins
}

export interface ListedSession extends SessionSummary {
  readonly apps: readonly string[]
}

export type SessionAdministration = ReturnType<typeof createSessionAdministration>

/** For administrators. They name a user by login name; each function throws Fault `not_found` when nobody has it. */
export function createSessionAdministration(options: SessionAdministrationOptions) {
  const { db, users, sessions, logins } = options
  return {
    /** The live sessions, the latest activity first. Each has the ids of its apps, in the order of their logins. */
    async listFor(_actor: Administrator, name: string): Promise<ListedSession[]> {
      const live = await sessions.listOf((await findUser(users, db, name)).id)
      return await Promise.all(
        live.map(async (one) => ({ ...one, apps: await listEntered(db, one.id) })),
      )
    },

    /**
     * Ends one session, or all of them without `id`. Also ends every unfinished login, which may be the next attempt of
     * an intruder. Does nothing to a session that has already ended. Returns the ids of the apps that took part. Throws
     * Fault `not_found` for a session that is not the user's.
     */
    async endFor(actor: Administrator, name: string, id?: string) {
      const { id: userId, username } = await findUser(users, db, name)
      if (id !== undefined && !(await isOwned(sessions, id, userId))) {
        throw new Fault('not_found', `${username} has no session ${JSON.stringify(id)}.`)
      }
      const end = { userId, reason: 'ended_by_admin', by: auditName(actor) }
      const { ids, announced } = await transact(db, async (tx) => {
        if (id === undefined) return await logins.endAll(tx, end)
        const ended = await logins.endSessions(tx, { ...end, ids: [id as Id<'session'>] })
        if (ended.ids.length > 0) await logins.endUnfinished(tx, end)
        return ended
      })
      await announced
      return { username, sessionsEnded: ids.length, apps: await listEnteredIn(db, ids) }
    },
  }
}
