/**
 * All that a person can confirm with, of every kind, for their own pages. Owns the order of the list, and that the person
 * is told by mail of what was removed. Another person's authenticator is none.
 */
import { noticeOf } from '../engine/client.ts'
import type { ClientFacts } from '../engine/step.ts'
import type { Id } from '../kernel/ids.ts'
import type { Notices } from '../mail/notices.ts'
import type { Queries } from '../storage/database.ts'
import { lockUser } from '../users/lock.ts'
import type { Authenticators, OwnAuthenticator, WayName } from './factor.ts'

export interface HoldingsOptions {
  readonly kinds: readonly Authenticators[]
  readonly notices: Notices
  /** The kinds that are off after too many failures. */
  readonly offOf: (queries: Queries, userId: Id<'user'>) => Promise<ReadonlySet<WayName>>
}

export function createHoldings({ kinds, notices, offOf }: HoldingsOptions) {
  const ofKind = (kind: WayName) => kinds.find((one) => one.kind === kind)

  /** The last used first, then the newest. */
  async function list(queries: Queries, userId: Id<'user'>): Promise<OwnAuthenticator[]> {
    const all: OwnAuthenticator[] = []
    for (const kind of kinds) all.push(...(await kind.list(queries, userId)))
    const off = await offOf(queries, userId)
    const told = all.map((one) => (off.has(one.kind) ? { ...one, state: 'off' as const } : one))
    return told.sort((a, b) => (b.lastUsedAt ?? b.addedAt) - (a.lastUsedAt ?? a.addedAt))
  }

  async function find(
    queries: Queries,
    userId: Id<'user'>,
    id: string,
  ): Promise<OwnAuthenticator | undefined> {
    return (await list(queries, userId)).find((one) => one.id === id)
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
     * Removes one and tells the person. Call it in a transaction.
     * @returns `false`: the person has no such authenticator any more
     */
    async remove(
      queries: Queries,
      { userId, id, client }: { userId: Id<'user'>; id: string; client: ClientFacts },
    ): Promise<boolean> {
      await lockUser(queries, userId)
      const own = await find(queries, userId, id)
      if (own === undefined) return false
      const notice = removalNotices[own.kind]
      if (notice !== undefined) {
        await notices[notice](queries, { userId, device: own.name, ...noticeOf(client) })
      }
      // The audit event that it writes has to come last.
      if ((await ofKind(own.kind)?.remove(queries, userId, id)) !== true) {
        throw new Error(`an authenticator ${own.kind} was not removed`)
      }
      return true
    },
  }
}

export type Holdings = ReturnType<typeof createHoldings>

const removalNotices: Readonly<Partial<Record<WayName, keyof Notices>>> = {
  push: 'deviceRemoved',
  totp: 'totpRemoved',
  passkey: 'passkeyRemoved',
}
