/**
 * Ends logins: the only place where sessions end. Owns that each end is in the audit log, that everything a session
 * carries ends in the same transaction, and that listeners (apps, waiting pages) are notified after the commit. Does not
 * own why a login ends, nor what higher layers store of it: they take part through `LoginHooks`.
 *
 *   await transact(db, async (tx) => {
 *     await users.disable(tx, userId)
 *     const { ids } = await logins.endAll(tx, { userId, reason: 'user_disabled' })
 *   })
 */

import type { Id } from '../../platform/kernel/ids.ts'
import { afterCommit, type Transaction } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import type { By } from '../audit/event.ts'
import { sessionEvents } from '../sessions/events.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { lockUser } from '../users/lock.ts'

/** What higher layers end together with logins. Each hook is called in the transaction that ends them. */
export interface LoginHooks {
  /**
   * These sessions have ended. Ends what belongs to them, also unfinished logins in their browsers, except the journey
   * with the hash `exceptJourney`.
   */
  sessionsEnded(
    tx: Transaction,
    ended: {
      readonly userId: Id<'user'>
      readonly sessionIds: readonly Id<'session'>[]
      readonly reason: string
      readonly exceptJourney?: string | undefined
    },
  ): Promise<void>
  /** All logins of a user end. Ends also the unfinished ones, except the journey with the hash `exceptJourney`. */
  loginsEnded(
    tx: Transaction,
    ended: Pick<EndAll, 'userId' | 'reason' | 'exceptJourney'>,
  ): Promise<void>
}

export interface EndAll {
  readonly userId: Id<'user'>
  /** The reason in the session's row and in the audit log, for example `user_disabled`. */
  readonly reason: string
  /** Who ends them, if the reason does not say it. */
  readonly by?: By | undefined
  /** The session that goes on, for example that of the browser in which its owner ends the others. */
  readonly exceptSession?: Id<'session'> | undefined
  /** The hash of the journey that goes on. */
  readonly exceptJourney?: string | undefined
  /** The user is removed in this transaction, and so are the rows of the sessions. */
  readonly isRemoval?: boolean
}

export interface Ended {
  /** The sessions that this call has ended, without those that had ended before. */
  readonly ids: readonly Id<'session'>[]
  /** Resolves when the transaction is committed and all listeners are notified. Never await it inside the transaction. */
  readonly announced: Promise<void>
}

export interface Logins {
  /** Ends these sessions of one user, and what belongs to them. An unfinished login in another browser goes on. */
  endSessions(
    tx: Transaction,
    sessions: {
      readonly userId: Id<'user'>
      readonly ids: readonly Id<'session'>[]
      readonly reason: string
      readonly by?: By | undefined
      /** The hash of the journey that goes on. */
      readonly exceptJourney?: string | undefined
    },
  ): Promise<Ended>
  /** Ends the unfinished logins of a user, and no session. */
  endUnfinished(
    tx: Transaction,
    logins: Pick<EndAll, 'userId' | 'reason' | 'exceptJourney'>,
  ): Promise<void>
  /** Ends every session and every unfinished login of a user. Locks the user. */
  endAll(tx: Transaction, logins: EndAll): Promise<Ended>
}

export interface LoginsOptions {
  readonly sessions: Pick<Sessions, 'end' | 'endAllForUser' | 'queueAppsOf' | 'announceEnd'>
  readonly audit: Audit
  readonly hooks: LoginHooks
}

export function createLogins({ sessions, audit, hooks }: LoginsOptions): Logins {
  async function close(
    tx: Transaction,
    ids: readonly Id<'session'>[],
    { userId, reason, by }: Pick<EndAll, 'userId' | 'reason' | 'by'>,
  ): Promise<Ended> {
    for (const sessionId of ids)
      await audit.record(tx, sessionEvents.ended, { userId, sessionId, reason, ...(by && { by }) })
    const { promise, resolve } = Promise.withResolvers<void>()
    afterCommit(tx, () => resolve(sessions.announceEnd(ids)))
    return { ids, announced: promise }
  }

  return {
    async endSessions(tx, { userId, ids, reason, by, exceptJourney }) {
      const ended: Id<'session'>[] = []
      for (const id of ids) if (await sessions.end(tx, id, reason)) ended.push(id)
      if (ended.length > 0)
        await hooks.sessionsEnded(tx, { userId, sessionIds: ended, reason, exceptJourney })
      return await close(tx, ended, { userId, reason, by })
    },

    endUnfinished: (tx, unfinished) => hooks.loginsEnded(tx, unfinished),

    async endAll(tx, { userId, reason, by, exceptSession, exceptJourney, isRemoval }) {
      await lockUser(tx, userId)
      // First the unfinished logins: one of them may be the reason for this.
      await hooks.loginsEnded(tx, { userId, reason, exceptJourney })
      const ended = await sessions.endAllForUser(tx, userId, reason, exceptSession)
      if (isRemoval === true) await sessions.queueAppsOf(tx, userId)
      return await close(tx, ended, { userId, reason, by })
    },
  }
}
