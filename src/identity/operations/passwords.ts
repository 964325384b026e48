/**
 * A new password that its owner chose, in a login or on their own pages. Owns the consequences of the change; the
 * directory has the password. An administrator sets a password with users.ts.
 */

import type { Id } from '../../platform/kernel/ids.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import type { NoticeFacts, Notify } from '../notify/notice.ts'
import type { ChangeOutcome } from '../users/directory.ts'
import { userEvents } from '../users/events.ts'
import { userNotices } from '../users/notices.ts'
import type { User } from '../users/user.ts'
import type { Logins } from './logins.ts'

export interface PasswordOperationsOptions {
  readonly logins: Logins
  readonly notify: Notify
  readonly audit: Audit
}

export interface OwnPassword {
  readonly user: User
  /** What the directory has accepted. */
  readonly accepted: Extract<ChangeOutcome, { type: 'accepted' }>
  /** The hash of the journey in which it happens. This journey goes on. */
  readonly exceptJourney?: string
  /** The session in which it happens. This session goes on. */
  readonly exceptSession?: Id<'session'>
  /** Where it happened, for the mail. */
  readonly from: Omit<NoticeFacts, 'userId'>
}

/**
 * Call it in the transaction of the change, for a user who has just proven who they are. Ends all their other logins.
 * Returns false and changes nothing when they have other credentials by now.
 */
export type ChangeOwnPassword = (tx: Transaction, password: OwnPassword) => Promise<boolean>

export function createChangeOwnPassword(options: PasswordOperationsOptions): ChangeOwnPassword {
  const { logins, notify, audit } = options
  return async (tx, { user: { id: userId }, accepted, from, ...except }) => {
    if (!(await accepted.write(tx))) return false
    await notify(tx, userNotices.passwordChanged, { userId, ...from })
    await audit.record(tx, userEvents.passwordSet, { userId, by: userId })
    await logins.endAll(tx, { userId, reason: 'password_changed', ...except })
    return true
  }
}
