/** Changes that logged-in people make to their own account, each in one transaction during which their session cannot end. */
import { createTurns } from '../../platform/kernel/turns.ts'
import type { Database } from '../../platform/storage/database.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { lockUser } from '../users/lock.ts'
import type { Person } from './actor.ts'

/** The session has ended or was renewed since it was found: the person has to log in. */
export class SessionEnded extends Error {}

/**
 * Runs `work` with the person locked, so that nothing else changes their account meanwhile. If their session has ended,
 * does not run it and throws `SessionEnded`. The changes of one person run one after the other.
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
    // In parallel they would wait for one another in the database, each with a connection that others need.
    inTurn(userId, () =>
      transact(db, async (tx) => {
        await lockUser(tx, userId)
        if (!(await sessions.isCurrent(tx, tokenHash))) throw new SessionEnded()
        return await work(tx)
      }),
    )
}
