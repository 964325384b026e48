/**
 * How many authenticators a person may have, as pages and logins of their owner read all of them. Asked on the account's
 * page that would add one, and again under the lock of the user where it comes to count. Owns no limit for logins: they
 * register nothing beside what their person has.
 */

import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Holdings } from './authenticators.ts'
import type { FactorKind } from './index.ts'

export interface Newcomer {
  readonly userId: Id<'user'> | undefined
  readonly kind: FactorKind
  /** The id of the one that will be removed for it. */
  readonly replaces?: string | undefined
}

/** Whether there is room for another one. */
export type HasRoom = (queries: Queries, newcomer: Newcomer) => Promise<boolean>

/** @param limits how many of each kind a person may have; `undefined`: they have one set, which a new one replaces */
export function createRoom(
  list: Holdings['list'],
  limits: (kind: FactorKind) => number | undefined,
): HasRoom {
  return async (queries, { userId, kind, replaces }) => {
    const limit = limits(kind)
    if (limit === undefined || userId === undefined) return true
    const all = await list(queries, userId)
    return all.filter((one) => one.kind === kind && one.id !== replaces).length < limit
  }
}
