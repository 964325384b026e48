/**
 * All authenticators of a user, of every kind: listing, renaming and removing them. Owns the order of the list, and what is
 * removed together with an authenticator. revoke-proofs.ts owns what ends with its proofs. The authenticator of another user is
 * answered like an unknown id.
 */
import type { By } from '../../identity/audit/event.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import { lockUser } from '../../identity/users/lock.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { describeClient } from '../engine/client.ts'
import { wakeAfterCommit } from '../engine/ended-logins.ts'
import type { ClientFacts } from '../engine/step.ts'
import type { Authenticator, Authenticators, Removed } from './factor.ts'
import { type FactorKind, isFallback } from './index.ts'
import { noteFactorsLost } from './lost-factors.ts'
import type { RevokeProofs } from './revoke-proofs.ts'

export interface AllAuthenticatorsOptions {
  readonly kinds: readonly Authenticators[]
  readonly notify: Notify
  /** The kinds that are off after too many failures, see lockout.ts. */
  readonly findLockedKinds: (
    queries: Queries,
    userId: Id<'user'>,
  ) => Promise<ReadonlySet<FactorKind>>
  readonly events: Pick<Events, 'wake'>
  readonly revokeProofs: RevokeProofs
  readonly clock: Clock
}

export interface Removal {
  readonly userId: Id<'user'>
  readonly id: string
  /** The browser in which the owner removes it; absent when an administrator does. */
  readonly client?: ClientFacts
  /** Who removes it, or the rule that revokes it, for the audit event; absent: the owner. */
  readonly by?: By
  /** The SHA-256 of the journey in which this happens. That journey goes on. */
  readonly except?: string
  /** Its owner does not have it any more. This is also set when anybody but the owner removes it. */
  readonly isLost?: boolean
  /** Another notice says so: one act sends one mail. */
  readonly isAnnounced?: boolean
}

export function createAllAuthenticators(options: AllAuthenticatorsOptions) {
  const { kinds, notify, findLockedKinds, events, revokeProofs, clock } = options
  const findKind = (kind: FactorKind) => kinds.find((one) => one.kind === kind)

  /** The last used first. One that was never used is sorted by the time of its enrolment. */
  async function list(queries: Queries, userId: Id<'user'>): Promise<Authenticator[]> {
    const all: Authenticator[] = []
    for (const kind of kinds) all.push(...(await kind.list(queries, userId)))
    const off = await findLockedKinds(queries, userId)
    const states = all.map((one) => (off.has(one.kind) ? { ...one, state: 'off' as const } : one))
    return states.sort((a, b) => (b.lastUsedAt ?? b.addedAt) - (a.lastUsedAt ?? a.addedAt))
  }

  async function find(
    queries: Queries,
    userId: Id<'user'>,
    id: string,
  ): Promise<Authenticator | undefined> {
    return (await list(queries, userId)).find((one) => one.id === id)
  }

  async function removeAll(
    tx: Transaction,
    userId: Id<'user'>,
    gone: readonly Authenticator[],
    by: By,
  ): Promise<Removed[]> {
    const removed: Removed[] = []
    for (const { kind, id } of gone) {
      const one = await findKind(kind)?.remove(tx, userId, id, by)
      if (one === undefined) throw new Error(`an authenticator ${kind} was not removed`)
      removed.push(one)
    }
    return removed
  }

  async function notifyRemoved(
    tx: Transaction,
    userId: Id<'user'>,
    gone: readonly Authenticator[],
    client: ClientFacts | undefined,
  ): Promise<void> {
    const from = client === undefined ? {} : describeClient(client)
    for (const { kind, name } of gone) {
      const notice = findKind(kind)?.removalNotice
      if (notice !== undefined) await notify(tx, notice, { userId, device: name, ...from })
    }
  }

  return {
    list,
    find,

    /** Renames one, with everything that goes with it and had its name. `false` when the user has no such authenticator. */
    async rename(queries: Queries, userId: Id<'user'>, id: string, name: string): Promise<boolean> {
      const all = await list(queries, userId)
      const own = all.find((one) => one.id === id)
      if (own === undefined) return false
      if ((await findKind(own.kind)?.rename(queries, userId, id, name)) !== true) return false
      const parts = all.filter((one) => own.goesWith?.includes(one.id) && one.name === own.name)
      for (const one of parts) await findKind(one.kind)?.rename(queries, userId, one.id, name)
      return true
    },

    /**
     * Removes one, with those that go with it, and notifies the user. When owners remove the last one that they have in hand, its
     * fallbacks (recovery codes) are removed too. When the last one was lost, the fallbacks stay: one of them has to be verified
     * before another authenticator is enrolled. The proofs of a removed one are revoked: unfinished logins and sessions with them
     * end, except the session of `client`. After the commit, pages that wait for it go on with another factor.
     * @returns `undefined` when the user has no such authenticator any more
     */
    async remove(
      tx: Transaction,
      { userId, id, client, by = userId, except, isLost = by !== userId, isAnnounced }: Removal,
    ): Promise<{ readonly sessionsEnded: number } | undefined> {
      await lockUser(tx, userId)
      const all = await list(tx, userId)
      const own = all.find((one) => one.id === id)
      if (own === undefined) return undefined
      const together = all.filter((one) => one === own || own.goesWith?.includes(one.id))
      const others = all.filter((one) => !together.includes(one))
      const isLast = isLastFactor(own, others)
      const gone = isLast && !isLost ? [...together, ...others] : together
      if (isLast && isLost) await noteFactorsLost(tx, userId, clock.now())
      const removed = await removeAll(tx, userId, gone, by)
      const sessionsEnded = await revokeProofs(tx, {
        userId,
        ids: removed.flatMap(({ provenBy }) => provenBy),
        keep: client?.session?.id,
        ...(except !== undefined && { except }),
        reason: 'factor_removed',
      })
      if (isAnnounced !== true) await notifyRemoved(tx, userId, gone, client)
      wakeAfterCommit(
        events,
        tx,
        removed.flatMap((one) => one.waiting),
      )
      return { sessionsEnded }
    },
  }
}

/**
 * Revokes an authenticator, for example because another person has its secret. `by` names the rule that does it. The owner has
 * done nothing, so they have lost it: if it was the last one, the password alone enrols no other. `by` is the owner when another
 * authenticator takes its place.
 */
export type RevokeAuthenticator = (
  tx: Transaction,
  revocation: Omit<Removal, 'isLost'> & { readonly by: By },
) => Promise<void>

/** Without those that are on the device of another one, such as the codes that a phone shows: for sentences that name devices. */
export function omitLinked(all: readonly Authenticator[]): Authenticator[] {
  return all.filter(({ id }) => !all.some(({ goesWith }) => goesWith?.includes(id)))
}

export type AllAuthenticators = ReturnType<typeof createAllAuthenticators>

/** Whether only fallbacks are left. */
const isLastFactor = (own: Authenticator, others: readonly Authenticator[]): boolean =>
  !isFallback(own.kind) && others.every(({ kind }) => isFallback(kind))
