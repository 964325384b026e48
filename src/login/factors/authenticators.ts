/**
 * All that a person can confirm with, of every kind, for their own pages. Owns the order of the list, and that the person
 * is told by mail of what was removed. Another person's authenticator is none.
 */
import type { By } from '../../identity/audit/event.ts'
import type { Notify } from '../../identity/notify/notice.ts'
import { lockUser } from '../../identity/users/lock.ts'
import type { Events } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { describeClient } from '../engine/client.ts'
import { wakeAfterCommit } from '../engine/ended-logins.ts'
import type { ClientFacts } from '../engine/step.ts'
import type { Authenticator, Authenticators, Removed } from './factor.ts'
import { type FactorKind, isFallback } from './index.ts'
import type { EndProven } from './revoke-proofs.ts'

export interface HoldingsOptions {
  readonly kinds: readonly Authenticators[]
  readonly notify: Notify
  /** The kinds that are off after too many failures. */
  readonly offOf: (queries: Queries, userId: Id<'user'>) => Promise<ReadonlySet<FactorKind>>
  readonly events: Pick<Events, 'wake'>
  readonly endProven: EndProven
}

export interface Removal {
  readonly userId: Id<'user'>
  readonly id: string
  /** The browser in which the person removes it; absent: somebody does it for them. */
  readonly client?: ClientFacts
  /** Absent: the person. */
  readonly by?: By
}

export function createHoldings(options: HoldingsOptions) {
  const { kinds, notify, offOf, events, endProven } = options
  const ofKind = (kind: FactorKind) => kinds.find((one) => one.kind === kind)

  /** The last used first; what was never used counts from when it was added. */
  async function list(queries: Queries, userId: Id<'user'>): Promise<Authenticator[]> {
    const all: Authenticator[] = []
    for (const kind of kinds) all.push(...(await kind.list(queries, userId)))
    const off = await offOf(queries, userId)
    const told = all.map((one) => (off.has(one.kind) ? { ...one, state: 'off' as const } : one))
    return told.sort((a, b) => (b.lastUsedAt ?? b.addedAt) - (a.lastUsedAt ?? a.addedAt))
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
      const one = await ofKind(kind)?.remove(tx, userId, id, by)
      if (one === undefined) throw new Error(`an authenticator ${kind} was not removed`)
      removed.push(one)
    }
    return removed
  }

  return {
    list,
    find,

    /** `false`: the person has no such authenticator. */
    async rename(queries: Queries, userId: Id<'user'>, id: string, name: string): Promise<boolean> {
      const own = await find(queries, userId, id)
      return (
        own !== undefined && (await ofKind(own.kind)?.rename(queries, userId, id, name)) === true
      )
    },

    /**
     * Removes one and tells the person; with the last one also the codes that stand in for it. What was proven with it
     * leads into no session any more, and sessions that stand on it end, but that of `client`. After the commit, pages that
     * wait for it go on with another factor.
     * @returns `undefined`: the person has no such authenticator any more
     */
    async remove(
      tx: Transaction,
      { userId, id, client, by = userId }: Removal,
    ): Promise<{ readonly sessionsEnded: number } | undefined> {
      await lockUser(tx, userId)
      const all = await list(tx, userId)
      const own = all.find((one) => one.id === id)
      if (own === undefined) return undefined
      const others = all.filter((one) => one !== own)
      const isLast = others.every(({ kind }) => isFallback(kind))
      const gone = isLast ? [own, ...others] : [own]
      const removed = await removeAll(tx, userId, gone, by)
      const sessionsEnded = await endProven(tx, {
        userId,
        ids: removed.flatMap(({ provenBy }) => provenBy),
        keep: client?.session?.id,
        reason: 'factor_removed',
      })
      const from = client === undefined ? {} : describeClient(client)
      for (const { kind, name } of gone) {
        const notice = ofKind(kind)?.removalNotice
        if (notice !== undefined) await notify(tx, notice, { userId, device: name, ...from })
      }
      wakeAfterCommit(
        events,
        tx,
        removed.flatMap((one) => one.waiting),
      )
      return { sessionsEnded }
    },
  }
}

export type Holdings = ReturnType<typeof createHoldings>
