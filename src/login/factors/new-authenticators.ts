/**
 * Authenticators that were bound lately. Owns what their owner hears of it: a mail with a link that undoes it, and, at the next
 * login that another authenticator proves, a page that asks whether it was them. Rows go when the owner has said so, or after 30
 * days.
 */
import type { Notice, NoticeFacts, Notify } from '../../identity/notify/notice.ts'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { removeRows } from '../../platform/storage/remove.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { LinkSubject } from '../report/links.ts'

export interface NewAuthenticator {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly boundAt: number
}

/** What was bound, and what the mail says of it. */
export type Bound = Omit<NoticeFacts, 'userId' | 'notMeUrl'> & {
  readonly userId: Id<'user'>
  readonly authenticatorId: string
}

/** Call it in the transaction that binds. */
export type AnnounceBound = (tx: Transaction, notice: Notice, bound: Bound) => Promise<void>

const lifetime = 30 * hours(24)

export function createNewAuthenticators(clock: Clock) {
  return {
    async add(queries: Queries, userId: Id<'user'>, id: string): Promise<NewAuthenticator> {
      const boundAt = clock.now()
      await queries
        .insertInto('new_authenticators')
        .values({ authenticator_id: id, user_id: userId, bound_at: boundAt })
        .execute()
      return { id, boundAt }
    },

    /** The earliest first. */
    async list(queries: Queries, userId: Id<'user'>): Promise<NewAuthenticator[]> {
      const rows = await queries
        .selectFrom('new_authenticators')
        .select(['authenticator_id', 'bound_at'])
        .where('user_id', '=', userId)
        .where('bound_at', '>', clock.now() - lifetime)
        .orderBy('bound_at')
        .execute()
      return rows.map((row) => ({ id: row.authenticator_id, boundAt: Number(row.bound_at) }))
    },

    /** Their owner has seen them, or they are gone. */
    async forget(queries: Queries, userId: Id<'user'>, ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return
      await queries
        .deleteFrom('new_authenticators')
        .where('user_id', '=', userId)
        .where('authenticator_id', 'in', ids)
        .execute()
    },

    async purge(queries: Queries): Promise<void> {
      await removeRows(queries, {
        table: 'new_authenticators',
        key: ['authenticator_id'],
        isOld: (row) => row('bound_at', '<=', clock.now() - lifetime),
      })
    },
  }
}

export type NewAuthenticators = ReturnType<typeof createNewAuthenticators>

export interface AnnounceOptions {
  readonly fresh: Pick<NewAuthenticators, 'add'>
  readonly notify: Notify
  /** The absolute address of a page on which the owner undoes it. */
  readonly notMeUrl: (queries: Queries, subject: LinkSubject) => Promise<string>
}

export function createAnnounceBound({ fresh, notify, notMeUrl }: AnnounceOptions): AnnounceBound {
  return async (tx, notice, { authenticatorId, ...facts }) => {
    const { userId } = facts
    const { boundAt } = await fresh.add(tx, userId, authenticatorId)
    const url = await notMeUrl(tx, { userId, bound: { authenticatorId, at: boundAt } })
    await notify(tx, notice, { ...facts, notMeUrl: url })
  }
}
