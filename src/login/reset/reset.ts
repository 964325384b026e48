/**
 * A new password by a link from a mail. Owns what must be true in the transaction that sets it: the link is spent, and a user
 * with a second factor has verified one. Knows no page.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import { clearPasswordWaits } from '../../identity/limits/password-waits.ts'
import type { Throttle } from '../../identity/limits/throttle.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import type { Logins } from '../../identity/operations/logins.ts'
import type { OwnPassword } from '../../identity/operations/passwords.ts'
import type { Acr } from '../../identity/policy/assurance.ts'
import type { PasswordReset } from '../../identity/users/directory.ts'
import { userNotices } from '../../identity/users/notices.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { JourneyStore } from '../engine/store.ts'
import { resetEvents } from './events.ts'
import type { ResetLinks } from './links.ts'

export interface ResetOptions {
  readonly links: Pick<ResetLinks, 'consume'>
  readonly store: Pick<JourneyStore, 'proofsOfJourney'>
  /** The highest level of a user's second factors; `undefined`: the user has none. */
  readonly findHighest: (queries: Queries, userId: Id<'user'>) => Promise<Acr | undefined>
  readonly throttle: Pick<Throttle, 'clear' | 'check'>
  readonly logins: Pick<Logins, 'endAll'>
  readonly notify: Notify
  readonly audit: Audit
}

export interface NewPasswordByLink extends Pick<OwnPassword, 'user' | 'accepted' | 'from'> {
  /** The hash of the journey in which this happens. That journey goes on. */
  readonly journeyHash: string
  /** SHA-256 of the token of the link. */
  readonly link: string
}

/**
 * Call it in the transaction of the journey's move, which has locked the user. Ends every login of the user; second factors stay.
 * `false`, and nothing changed, when the link or the credentials are not the same any more, or a second factor was enrolled.
 */
export type ResetPassword = (tx: Transaction, password: NewPasswordByLink) => Promise<boolean>

export function createResetPassword(options: ResetOptions): ResetPassword {
  const { links, throttle, logins, notify, audit } = options
  return async (tx, { user, accepted, journeyHash, link, from }) => {
    const { id: userId } = user
    const factor = await findProvenFactor(options, tx, journeyHash)
    const isMissing = factor === undefined && (await options.findHighest(tx, userId)) !== undefined
    if (isMissing || !(await links.consume(tx, link))) return false
    await clearPasswordWaits({ throttle }, tx, user)
    await notify(tx, userNotices.passwordChanged, { userId, ...from })
    const { address = '' } = from
    await audit.record(tx, resetEvents.reset, { userId, factor: factor ?? null, address })
    await logins.endAll(tx, { userId, reason: 'password_reset', exceptJourney: journeyHash })
    // Last, because a directory elsewhere cannot take it back.
    return await accepted.write(tx)
  }
}

/** The second factor that was verified in the journey. */
export async function findProvenFactor(
  { store }: Pick<ResetOptions, 'store'>,
  queries: Queries,
  journeyHash: string,
): Promise<string | undefined> {
  const proofs = await store.proofsOfJourney(queries, journeyHash)
  return proofs.find(({ factor }) => factor !== 'password')?.factor
}

/** The directory's, for one request of a user at a time. */
export function createClaimedReset(
  links: Pick<ResetLinks, 'claim' | 'release'>,
  reset: PasswordReset['reset'],
): PasswordReset['reset'] {
  return async (queries, change) => {
    const { id } = change.user
    if (!(await links.claim(queries, id))) {
      return { type: 'unavailable', reason: 'the password is being set' }
    }
    let isAccepted = false
    try {
      const outcome = await reset(queries, change)
      isAccepted = outcome.type === 'accepted'
      return outcome
    } finally {
      if (!isAccepted) await links.release(queries, id)
    }
  }
}
