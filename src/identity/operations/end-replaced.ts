/**
 * Ends the logins that are older than what a directory has said about the password of their user: it was set anew there, or
 * has to be changed. Owns that a login after that moment goes on. Each look at an entry can leave the mark, see
 * users/replaced-passwords.ts.
 */
import type { Log } from '../../platform/kernel/log.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { lockUser } from '../users/lock.ts'
import { listReplaced, type ReplacedPassword, takeReplaced } from '../users/replaced-passwords.ts'
import type { Logins } from './logins.ts'

export interface EndReplacedOptions {
  readonly db: Database
  readonly sessions: Pick<Sessions, 'listOf'>
  readonly logins: Pick<Logins, 'endSessions'>
  readonly log: Log
}

const mostAtOnce = 100

/** An error with one user does not stop the others. */
export async function endReplaced(options: EndReplacedOptions): Promise<void> {
  for (;;) {
    const replaced = await listReplaced(options.db, mostAtOnce)
    for (const one of replaced) {
      try {
        await endEarlier(options, one)
      } catch (error) {
        const { userId } = one
        options.log.error({ error, userId }, 'logins before a new password could not be ended')
        return
      }
    }
    if (replaced.length < mostAtOnce) return
  }
}

async function endEarlier(
  { db, sessions, logins, log }: EndReplacedOptions,
  replaced: ReplacedPassword,
): Promise<void> {
  const { userId, directory, before } = replaced
  const live = await sessions.listOf(userId)
  // What is made meanwhile is later.
  const earlier = live.filter(({ authenticatedAt }) => authenticatedAt < before)
  await transact(db, async (tx) => {
    await lockUser(tx, userId)
    if (!(await takeReplaced(tx, replaced)) || earlier.length === 0) return
    const { ids } = await logins.endSessions(tx, {
      ...{ userId, ids: earlier.map(({ id }) => id) },
      ...{ reason: 'password_set', by: `directory:${directory}` as const },
    })
    const text = 'a directory has another password for a user, and earlier sessions ended'
    log.info({ userId, directory, sessions: ids.length }, text)
  })
}
