/** What people do to their own sessions: logging out, and ending those in other browsers. Each is heard of at its return. */
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { LiveSession } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Person } from './actor.ts'
import type { Logins } from './logins.ts'
import type { ChangeOwn } from './own-change.ts'

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
    /** By the browser that holds the session, or an app that the person logs out of. It may have ended already. */
    async logOut({ id, userId }: Pick<LiveSession, 'id' | 'userId'>): Promise<void> {
      const end = { userId, ids: [id], reason: 'logout' }
      const { announced } = await transact(db, (tx) => logins.endSessions(tx, end))
      await announced
    },

    /** One that has ended stays as it is. Throws Fault `not_found` for a session that is not the person's. */
    async endOwnSession(person: Person, id: string): Promise<void> {
      const { userId } = person.session
      // PostgreSQL takes no text with a NUL, and no id has one.
      if (!/^ses_[\w-]+$/.test(id) || !(await sessions.isOwnedBy(id, userId)))
        throw new Fault('not_found', 'No such session')
      const end = { userId, ids: [id as Id<'session'>], reason }
      const { announced } = await changeOwn(person, (tx) => logins.endSessions(tx, end))
      await announced
    },

    /** All but the person's own, and every login under way: one of them may be the reason for this. */
    async endOtherSessions(person: Person): Promise<void> {
      const { id, userId } = person.session
      const end = { userId, reason, exceptSession: id }
      const { announced } = await changeOwn(person, (tx) => logins.endAll(tx, end))
      await announced
    },
  }
}
