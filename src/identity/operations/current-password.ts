/**
 * Asks a person for the present password before they choose another one on their own pages. Owns that a wrong one is
 * counted and recorded as at a login: under the same name, or under the same known browser. So a stolen session does not
 * allow guessing.
 */
import type { Database } from '../../platform/storage/database.ts'
import type { FailedLogins } from '../limits/failed-logins.ts'
import type { KnownBrowsers } from '../limits/known-browsers.ts'
import { createNameKey } from '../limits/password-waits.ts'
import type { Throttle } from '../limits/throttle.ts'
import { directoryAway } from '../users/directory-answers.ts'
import { type AskedDirectories, resolveAccountOf } from '../users/resolve-account.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'

export interface CurrentPasswordOptions {
  readonly db: Database
  readonly directory: AskedDirectories
  readonly users: Pick<Users, 'countKnownBrowserFailure'>
  readonly throttle: Pick<Throttle, 'judge'>
  readonly knownBrowsers: Pick<KnownBrowsers, 'keyFor'>
  readonly failedLogins: Pick<FailedLogins, 'add'>
}

export interface CurrentPassword {
  readonly user: User
  readonly password: string
  /** The cookie of a browser that may be a known one. */
  readonly device: string | undefined
  readonly address: string | null
}

/** `retryAfter` is in seconds; nothing was judged. */
export type CurrentPasswordOutcome =
  | { readonly type: 'right' }
  | { readonly type: 'wrong' }
  | { readonly type: 'wait'; readonly retryAfter: number }

/**
 * Throws Fault `unavailable` when the directory does not answer, or Einlass is overloaded. Never call it inside a
 * transaction.
 */
export type JudgeCurrentPassword = (typed: CurrentPassword) => Promise<CurrentPasswordOutcome>

export function createJudgeCurrentPassword(options: CurrentPasswordOptions): JudgeCurrentPassword {
  const { db, directory, users, throttle, knownBrowsers, failedLogins } = options
  return async ({ user, password, device, address }) => {
    const { username } = user
    const known = knownBrowsers.keyFor(device, user)
    const account = await resolveAccountOf(directory, db, user)
    const key = known?.key ?? createNameKey(account.name)
    const judgement = await throttle.judge(db, key, async () => {
      const isKnownBrowser = known !== undefined
      const outcome = await account.verifyPassword(db, password, { isKnownBrowser })
      if (outcome.type === 'unavailable') throw directoryAway(outcome)
      return { type: 'judged', isRight: rights.has(outcome.type) } as const
    })
    if (judgement.type === 'wait') return judgement
    if (judgement.isRight) return { type: 'right' }
    if (known?.isOwn === true) await users.countKnownBrowserFailure(db, user.id)
    await failedLogins.add(db, { username, address })
    return { type: 'wrong' }
  }
}

/** A person who has to choose another password knows the present one. */
const rights: ReadonlySet<string> = new Set(['right', 'must_change', 'expired'])
