/**
 * How many authenticators a person may have, as pages and logins of their owner read all of them. Asked on the account's
 * page that would add one, and again under the lock of the user where it comes to count. Owns no limit for logins: they
 * register nothing beside what their person has.
 */

import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { StepContext } from '../engine/step.ts'
import type { WayName } from './factor.ts'
import type { Holdings } from './holdings.ts'

/** Of each kind. Recovery codes are one set. */
export const mostOf: Readonly<Partial<Record<WayName, number>>> = {
  push: 10,
  totp: 20,
  passkey: 20,
}

export interface Newcomer {
  readonly userId: Id<'user'> | undefined
  readonly kind: WayName
  /** The id of the one that will be removed for it. */
  readonly replaces?: string | undefined
}

/** Whether there is room for another one. */
export type HasRoom = (queries: Queries, newcomer: Newcomer) => Promise<boolean>

export function createRoom(list: Holdings['list']) {
  const hasRoom: HasRoom = async (queries, { userId, kind, replaces }) => {
    const most = mostOf[kind]
    if (most === undefined || userId === undefined) return true
    const all = await list(queries, userId)
    return all.filter((one) => one.kind === kind && one.id !== replaces).length < most
  }
  return {
    hasRoom,
    /** The same for what a journey registers. */
    hasRoomFor(kind: WayName) {
      return (queries: Queries, { userId, request }: StepContext) =>
        hasRoom(queries, { userId, kind, replaces: request.authenticator?.replaces })
    },
  }
}
