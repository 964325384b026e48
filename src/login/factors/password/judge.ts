/**
 * Judges a typed name and password: in whose turn, under which key failures are counted, and what the page and the audit log say
 * of a failure. Does not own the page, nor what follows a right password.
 */
import type { FailureReason } from '../../../identity/audit/login-events.ts'
import type { KnownBrowsers } from '../../../identity/limits/known-browsers.ts'
import { createNameKey } from '../../../identity/limits/password-waits.ts'
import type { Throttle } from '../../../identity/limits/throttle.ts'
import type {
  Directory,
  PasswordOrigin,
  PasswordOutcome,
  RightPassword,
} from '../../../identity/users/directory.ts'
import { directoryAway, requireFound } from '../../../identity/users/directory-answers.ts'
import type { AttemptedAccount } from '../../../identity/users/resolve-account.ts'
import type { Users } from '../../../identity/users/users.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { FormError } from '../../engine/step.ts'
import { refusedByDirectory } from '../account-refusal.ts'
import { tooManyForName, wrongPassword } from './form-errors.ts'
import { judgeSpelling } from './spelling.ts'

export interface JudgeOptions {
  readonly db: Database
  /** Whether a person may have several names. */
  readonly directory: Pick<Directory, 'resolveName'>
  readonly users: Pick<Users, 'countKnownBrowserFailure'>
  readonly throttle: Throttle
  readonly limits: { readonly knownBrowsers: KnownBrowsers }
}

/** One attempt: what was typed, and the cookie of a browser that may be known. */
export interface Login {
  readonly typed: string
  /** The account that was typed, looked up once for the whole attempt. */
  readonly account: AttemptedAccount
  readonly password: string
  readonly device: string | undefined
  readonly origin: PasswordOrigin
}

export type Judgement =
  | { readonly type: 'passed'; readonly right: RightPassword }
  | {
      readonly type: 'failed'
      readonly reason: FailureReason
      readonly formError: FormError
      /** Milliseconds since the epoch. */
      readonly until?: number | undefined
    }

export async function judgeLogin(options: JudgeOptions, login: Login): Promise<Judgement> {
  return (await judgeWhereKnown(options, login)) ?? (await judgeByName(options, login))
}

/** By the typed name, if nothing else is known of the browser. */
async function judgeByName(options: JudgeOptions, login: Login): Promise<Judgement> {
  const byPerson = () => judge(options, createNameKey(login.account.name), login)
  if (options.directory.resolveName === undefined) return await byPerson()
  const judged = await judgeSpelling<Judgement>(options, login, async () => {
    const judgement = await byPerson()
    const isWaiting = judgement.type === 'failed' && judgement.reason === 'throttled'
    return isWaiting ? undefined : { isRight: judgement.type === 'passed', judgement }
  })
  switch (judged.type) {
    case 'wait':
      return throttled(judged.retryAfter)
    case 'hidden':
      return { type: 'failed', reason: 'throttled', formError: wrongPassword }
    case 'judged':
      return judged.judgement
  }
}

/**
 * One attempt after another in all browsers in which the person has logged in before: otherwise each of them would have a place
 * among the hashes, and one person would fill it. `undefined`: this is no such browser.
 */
async function judgeWhereKnown(
  options: JudgeOptions,
  login: Login,
): Promise<Judgement | undefined> {
  const { db, users, throttle } = options
  const { knownBrowsers } = options.limits
  const { account, device } = login
  // Only for a browser that may be known; everybody else is looked up when their turn comes.
  const findOwner = async () => requireFound(await account.find(db))
  const owner = device === undefined ? undefined : await findOwner()
  if (owner === undefined || knownBrowsers.keyFor(device, owner) === undefined) return undefined
  return await throttle.inTurn(`known:${owner.id}`, async () => {
    const user = await findOwner()
    const known = knownBrowsers.keyFor(device, user)
    if (user === undefined || known === undefined) return undefined
    const judgement = await judge(options, known.key, {
      ...login,
      origin: { ...login.origin, isKnownBrowser: true },
    })
    const isWrong = judgement.type === 'failed' && judgement.reason !== 'throttled'
    if (isWrong && known.isOwn) await users.countKnownBrowserFailure(db, user.id)
    return judgement
  })
}

/** One attempt after another for each key. Uses the password that is valid when its turn comes. */
async function judge(
  { db, throttle }: JudgeOptions,
  key: string,
  { account, password, origin }: Login,
): Promise<Judgement> {
  const judgement = await throttle.judge(db, key, async () => {
    const outcome = await account.verifyPassword(db, password, origin)
    // Nothing was judged, so nothing is counted.
    if (outcome.type === 'unavailable') throw directoryAway(outcome)
    return { type: 'judged', isRight: isRight(outcome), outcome } as const
  })
  if (judgement.type === 'wait') return throttled(judgement.retryAfter)
  const { outcome } = judgement
  if (isRight(outcome)) return { type: 'passed', right: outcome }
  return explainFailure(outcome)
}

/** A lock says nothing about the password, so the page does not mention it. */
function explainFailure(outcome: Exclude<PasswordOutcome, RightPassword>): Judgement {
  switch (outcome.type) {
    case 'refused':
      return {
        type: 'failed',
        reason: outcome.reason,
        formError: refusedByDirectory(outcome.reason),
      }
    case 'disabled':
      return { type: 'failed', reason: 'disabled', formError: refusedByDirectory('disabled') }
    case 'locked': {
      const reason = outcome.isHeldBack ? 'held_back' : 'locked'
      return { type: 'failed', reason, formError: wrongPassword, until: outcome.until }
    }
    default:
      return { type: 'failed', reason: 'wrong_credentials', formError: wrongPassword }
  }
}

function isRight(outcome: PasswordOutcome): outcome is RightPassword {
  return ['right', 'must_change', 'expired'].includes(outcome.type)
}

function throttled(retryAfter: number): Judgement {
  return { type: 'failed', reason: 'throttled', formError: tooManyForName(retryAfter) }
}
