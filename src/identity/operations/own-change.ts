/** What a logged-in person changes of their own: in one transaction in which their session does not end. */
import { createTurns } from '../../platform/kernel/turns.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { lockUser } from '../users/lock.ts'
import type { Person } from './actor.ts'

/** The session has ended, or has been renewed, since it was found: the person has to log in. */
export class SessionEnded extends Error {}

/**
 * Runs `work` with the person locked, so that nothing else changes what they have meanwhile, and nothing of it where
 * their session has ended: then throws `SessionEnded`. The changes of one person run one after the other.
 *
 *   await changeOwn(person, async (tx) => { await choices.undoDecline(tx, person.session.userId) })
 */
export type ChangeOwn = <Result>(
  person: Person,
  work: (tx: Transaction) => Promise<Result>,
) => Promise<Result>

export interface ChangeOwnOptions {
  readonly db: Database
  readonly sessions: Pick<Sessions, 'isCurrent'>
}

export function createChangeOwn({ db, sessions }: ChangeOwnOptions): ChangeOwn {
  const inTurn = createTurns()
  return ({ session: { tokenHash, userId } }, work) =>
    // At once they would wait for one another in the database, each with a connection that others need.
    inTurn(userId, () =>
      transact(db, async (tx) => {
        await lockUser(tx, userId)
        if (!(await sessions.isCurrent(tx, tokenHash))) throw new SessionEnded()
        return await work(tx)
      }),
    )
}
