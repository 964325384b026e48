/**
 * The rows of passes. A user has at most one valid pass; a new one ends the earlier one. The row of a used pass stays for a
 * while, because its proofs point to it.
 */
import type { ExpressionBuilder } from 'kysely'
import type { Hasher } from '../../../identity/users/hasher.ts'
import { type Clock, hours } from '../../../platform/kernel/clock.ts'
import { type Id, newId } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import { tryEach } from '../../../platform/kernel/try-each.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { DeskPassRow } from '../../../platform/storage/factor-tables.ts'
import { removeRows } from '../../../platform/storage/remove.ts'
import type { Tables } from '../../../platform/storage/tables.ts'

export interface DeskPassStoreOptions {
  readonly clock: Clock
  readonly random: Random
  /** The hasher of passwords, as the code of a pass has fewer than 112 random bits (NIST SP 800-63B-4 section 3.1.2.2). */
  readonly hasher: Hasher
}

export interface NewDeskPass {
  readonly userId: Id<'user'>
  /** From the hasher. */
  readonly codeHash: string
  readonly isSingleUse: boolean
  readonly reason: string
  readonly issuedBy: string
  /** Who requested it, where two people were needed. */
  readonly requestedBy?: string
  /** Milliseconds. */
  readonly lifetime: number
}

export interface LivePass {
  readonly id: Id<'deskPass'>
  readonly isSingleUse: boolean
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastUsedAt: number | null
}

/** Sessions end long before, and the audit log keeps what happened. */
const keptFor = hours(24 * 90)

export type DeskPassStore = ReturnType<typeof createDeskPassStore>

export function createDeskPassStore({ clock, random, hasher }: DeskPassStoreOptions) {
  const selectLive = (queries: Queries, userId: Id<'user'>) =>
    queries
      .selectFrom('desk_passes')
      .selectAll()
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', clock.now())

  /** Call it in a transaction that holds the lock of the user. `false`: there was no valid one. */
  async function end(queries: Queries, userId: Id<'user'>): Promise<boolean> {
    const now = clock.now()
    const result = await queries
      .updateTable('desk_passes')
      .set({ ended_at: now })
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    return result.numUpdatedRows > 0n
  }

  return {
    end,
    findFirstUse,

    /** Call it in a transaction that holds the lock of the user. */
    async replace(queries: Queries, pass: NewDeskPass) {
      const isReplaced = await end(queries, pass.userId)
      const id = newId(random, 'deskPass')
      const now = clock.now()
      const expiresAt = now + pass.lifetime
      await queries
        .insertInto('desk_passes')
        .values({
          id,
          user_id: pass.userId,
          code_hash: pass.codeHash,
          is_single_use: pass.isSingleUse ? 1 : 0,
          reason: pass.reason,
          issued_by: pass.issuedBy,
          requested_by: pass.requestedBy ?? null,
          created_at: now,
          expires_at: expiresAt,
          first_used_at: null,
          used_at: null,
          ended_at: null,
        })
        .execute()
      return { id, expiresAt, isReplaced }
    },

    /** `undefined` when the user has no valid pass. */
    async findLive(queries: Queries, userId: Id<'user'>): Promise<LivePass | undefined> {
      const row = await selectLive(queries, userId).executeTakeFirst()
      return row && toLivePass(row)
    },

    /** The valid pass with this code. The work is the same whether the user has a pass. */
    async find(queries: Queries, userId: Id<'user'>, code: string): Promise<LivePass | undefined> {
      const row = await selectLive(queries, userId).executeTakeFirst()
      const { matches } = await hasher.verify(row?.code_hash, code)
      return matches && row !== undefined ? toLivePass(row) : undefined
    },

    /**
     * `false`: it was used, replaced or revoked meanwhile, or has expired.
     *
     * @param isForReset a new password is chosen with it. The login with that password uses the pass once more, so the pass does
     * not end.
     */
    async spend(
      queries: Queries,
      { id, isSingleUse }: LivePass,
      { isForReset }: { readonly isForReset: boolean },
    ): Promise<boolean> {
      const now = clock.now()
      const result = await queries
        .updateTable('desk_passes')
        .set(({ fn, val }) => ({
          first_used_at: fn.coalesce('first_used_at', val(now)),
          used_at: now,
          ...(isSingleUse && !isForReset && { ended_at: now }),
        }))
        .where('id', '=', id)
        .$if(isSingleUse && isForReset, (query) => query.where('used_at', 'is', null))
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    /** All passes that the user ever had, the newest first. */
    async list(queries: Queries, userId: Id<'user'>): Promise<DeskPassRow[]> {
      return await queries
        .selectFrom('desk_passes')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .execute()
    },

    async purge(queries: Queries): Promise<void> {
      const before = clock.now() - keptFor
      const isOld = (row: ExpressionBuilder<Tables, 'desk_passes' | 'desk_pass_requests'>) =>
        row('expires_at', '<', before)
      await tryEach([
        () => removeRows(queries, { table: 'desk_passes', key: ['id'], isOld }),
        () => removeRows(queries, { table: 'desk_pass_requests', key: ['id'], isOld }),
      ])
    },
  }
}

/** When a pass of the user was first used; `undefined`: never. A pass for hours can be used more than once. */
async function findFirstUse(queries: Queries, userId: Id<'user'>): Promise<number | undefined> {
  const row = await queries
    .selectFrom('desk_passes')
    .select((select) => select.fn.min('first_used_at').as('at'))
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row?.at == null ? undefined : Number(row.at)
}

function toLivePass(row: DeskPassRow): LivePass {
  return {
    id: row.id as Id<'deskPass'>,
    isSingleUse: row.is_single_use === 1,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.used_at,
  }
}

/** Ends the passes of all users, and the requests that wait for a second operator. */
export async function endAllPasses(queries: Queries, now: number): Promise<void> {
  await queries
    .updateTable('desk_passes')
    .set({ ended_at: now })
    .where('ended_at', 'is', null)
    .execute()
  await queries.deleteFrom('desk_pass_requests').where('approved_at', 'is', null).execute()
}
