/**
 * How many authenticators a user may have. There is a limit because pages and logins read all of them. It is checked for
 * the account page that enrols another one, and again in the transaction that enrols, under the lock of the user. Logins
 * need no limit: they enrol only the first authenticator.
 */

import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { AllAuthenticators } from './authenticators.ts'
import type { FactorKind } from './index.ts'

export interface NewAuthenticator {
  readonly userId: Id<'user'> | undefined
  readonly kind: FactorKind
  /** The id of the authenticator that it replaces. */
  readonly replaces?: string | undefined
}

/** Whether the user may enrol this one more. */
export type IsBelowLimit = (queries: Queries, one: NewAuthenticator) => Promise<boolean>

/** @param limits how many of a kind a user may have; `undefined` for a kind with one set, which a new set replaces */
export function createEnrolmentLimit(
  list: AllAuthenticators['list'],
  limits: (kind: FactorKind) => number | undefined,
): IsBelowLimit {
  return async (queries, { userId, kind, replaces }) => {
    const limit = limits(kind)
    if (limit === undefined || userId === undefined) return true
    const all = await list(queries, userId)
    return all.filter((one) => one.kind === kind && one.id !== replaces).length < limit
  }
}
