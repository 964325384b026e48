/**
 * The rows of recovery codes. A user has one set; a new set replaces the unused codes of the old one. A code is valid
 * once. The row of a used code stays, because its proof points to it.
 */

import type { Hasher } from '../../../identity/users/hasher.ts'
import { lockUser } from '../../../identity/users/lock.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import { type Id, newId } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { cutPrefix, isForeignPrefix } from './codes.ts'

export interface RecoveryStoreOptions {
  readonly clock: Clock
  readonly random: Random
  /**
   * The hasher of passwords: 80 random bits are fewer than the 112 below which NIST SP 800-63B-4 section 3.1.2.2 requires a
   * salted password hash. Its queue prevents a flood of attempts from taking every core.
   */
  readonly hasher: Hasher
}

/** What is stored of a code. */
export interface StoredCode {
  readonly prefix: string
  readonly hash: string
}

/** What a person has. */
export interface CodesLeft {
  readonly left: number
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export function createRecoveryStore({ clock, random, hasher }: RecoveryStoreOptions) {
  return {
    /** Slow, so call it before a transaction. Makes one hash after another, so that logins go on beside it. */
    async prepare(codes: readonly string[]): Promise<StoredCode[]> {
      const stored: StoredCode[] = []
      for (const code of codes) {
        stored.push({ prefix: cutPrefix(code), hash: await hasher.hash(code) })
      }
      return stored
    },

    /** Makes this the set of a person from now on. Call it in a transaction. */
    async replace(
      queries: Queries,
      userId: Id<'user'>,
      codes: readonly StoredCode[],
    ): Promise<void> {
      // Of two new sets at once, one has to replace the other.
      await lockUser(queries, userId)
      await removeUnused(queries, userId)
      const rows = toRows({ random, now: clock.now() }, userId, codes)
      await queries.insertInto('recovery_codes').values(rows).execute()
    },

    /** Adds codes beside the existing ones, except those that begin like one of them. */
    async add(queries: Queries, userId: Id<'user'>, codes: readonly StoredCode[]): Promise<void> {
      const taken = await queries
        .selectFrom('recovery_codes')
        .select('prefix')
        .where('user_id', '=', userId)
        .execute()
      const free = codes.filter((code) => !taken.some(({ prefix }) => prefix === code.prefix))
      const rows = toRows({ random, now: clock.now() }, userId, free)
      if (rows.length > 0) await queries.insertInto('recovery_codes').values(rows).execute()
    },

    /** Whether the user has or had any. */
    async hasAny(queries: Queries, userId: Id<'user'>): Promise<boolean> {
      const row = await queries
        .selectFrom('recovery_codes')
        .select('id')
        .where('user_id', '=', userId)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    hasForeign,

    /** `false`: there was nothing left. */
    removeUnused,

    /** The used codes, because proofs name them. */
    async listUsed(queries: Queries, userId: Id<'user'>): Promise<Id<'recovery'>[]> {
      const rows = await queries
        .selectFrom('recovery_codes')
        .select('id')
        .where('user_id', '=', userId)
        .where('used_at', 'is not', null)
        .execute()
      return rows.map(({ id }) => id as Id<'recovery'>)
    },

    /** `undefined` when the user has no unused code. */
    async findLeft(queries: Queries, userId: Id<'user'>): Promise<CodesLeft | undefined> {
      const { count, max } = queries.fn
      const row = await queries
        .selectFrom('recovery_codes')
        .select([
          count<string | number>('id').filterWhere('used_at', 'is', null).as('left'),
          max('created_at').as('created_at'),
          max('used_at').as('used_at'),
        ])
        .where('user_id', '=', userId)
        .executeTakeFirst()
      const left = Number(row?.left ?? 0)
      if (row === undefined || left === 0) return undefined
      const lastUsedAt = row.used_at === null ? null : Number(row.used_at)
      return { left, createdAt: Number(row.created_at), lastUsedAt }
    },

    /** The id of the unused code that was typed. The work is the same whether there is one that looks like it. */
    async find(
      queries: Queries,
      userId: Id<'user'>,
      code: string,
    ): Promise<Id<'recovery'> | undefined> {
      const row = await queries
        .selectFrom('recovery_codes')
        .select(['id', 'code_hash'])
        .where('user_id', '=', userId)
        .where('prefix', '=', cutPrefix(code))
        .where('used_at', 'is', null)
        .executeTakeFirst()
      const { matches } = await hasher.verify(row?.code_hash, code)
      return matches ? (row?.id as Id<'recovery'>) : undefined
    },

    /** `false`: it was used before, or another set has taken its place. */
    async spend(queries: Queries, id: Id<'recovery'>): Promise<boolean> {
      const result = await queries
        .updateTable('recovery_codes')
        .set({ used_at: clock.now() })
        .where('id', '=', id)
        .where('used_at', 'is', null)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },
  }
}

function toRows(
  { random, now }: { readonly random: Random; readonly now: number },
  userId: Id<'user'>,
  codes: readonly StoredCode[],
) {
  return codes.map(({ prefix, hash }) => ({
    id: newId(random, 'recovery'),
    user_id: userId,
    prefix,
    code_hash: hash,
    created_at: now,
    used_at: null,
  }))
}

export type RecoveryStore = ReturnType<typeof createRecoveryStore>

/** Whether unused codes of the user are from an AM server, as far as their beginnings say it. */
async function hasForeign(queries: Queries, userId: Id<'user'>): Promise<boolean> {
  const rows = await queries
    .selectFrom('recovery_codes')
    .select('prefix')
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .execute()
  return rows.some(({ prefix }) => isForeignPrefix(prefix))
}

async function removeUnused(queries: Queries, userId: Id<'user'>): Promise<boolean> {
  const result = await queries
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Removes the unused codes of everybody. Returns whose they were. */
export async function removeAllUnused(queries: Queries): Promise<string[]> {
  const owners = await queries
    .selectFrom('recovery_codes')
    .select('user_id')
    .distinct()
    .where('used_at', 'is', null)
    .execute()
  await queries.deleteFrom('recovery_codes').where('used_at', 'is', null).execute()
  return owners.map(({ user_id }) => user_id)
}
