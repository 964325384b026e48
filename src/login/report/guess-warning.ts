/**
 * The mail to a person for whose name many wrong passwords were typed and no login followed. Owns how many cause a warning, and
 * that there is one. Checks names from time to time, never while a browser waits: the time for a wrong password must not show
 * whether anybody has the name.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import { readAuditAbout } from '../../identity/audit/chain.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import { lockUser } from '../../identity/users/lock.ts'
import type { Users } from '../../identity/users/users.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { reportEvents } from './events.ts'
import { reportNotices } from './notices.ts'

export interface GuessWarningOptions {
  readonly clock: Clock
  readonly users: Pick<Users, 'findByName'>
  readonly audit: Audit
  readonly notify: Notify
}

/** So many wrong passwords without a login between them, within `window` (ms). */
export const manyGuesses = 100
const window = hours(24 * 30)

/** How many names are checked in one turn. */
const maxNames = 1000

export interface GuessWarning {
  /** A wrong password for a name that a user has. */
  note(username: string): void
  /** Checks the names for which wrong passwords were noted, after these are in the audit log. */
  flush(db: Database): Promise<void>
}

export function createGuessWarning(options: GuessWarningOptions): GuessWarning {
  const names = new Set<string>()
  return {
    note(username) {
      if (names.size < maxNames) names.add(username)
    },
    async flush(db) {
      const guessed = [...names]
      names.clear()
      for (const username of guessed) await warn(options, db, username)
    },
  }
}

async function warn(
  { clock, users, audit, notify }: GuessWarningOptions,
  db: Database,
  username: string,
): Promise<void> {
  const user = await users.findByName(db, username)
  if (user === undefined) return
  const { id: userId } = user
  await transact(db, async (tx) => {
    await lockUser(tx, userId)
    const { failed, succeeded } = loginEvents
    const read = (types: readonly string[], limit: number) =>
      readAuditAbout(tx, {
        ...{ about: [userId, user.username], types, limit },
        since: clock.now() - window,
      })
    const [last] = await read([succeeded.type, reportEvents.guesses.type], 1)
    if (last?.type === reportEvents.guesses.type) return
    const guesses = (await read([failed.type], manyGuesses))
      .filter(({ seq, data }) => seq > (last?.seq ?? 0) && data.reason === 'wrong_credentials')
      .reduce((sum, { data }) => sum + Number(data.times ?? 1), 0)
    if (guesses < manyGuesses) return
    await notify(tx, reportNotices.guesses, { userId })
    await audit.record(tx, reportEvents.guesses, { userId, guesses })
  })
}
