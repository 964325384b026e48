/**
 * Marks for new passwords that a directory is asked to take. The directory cannot be part of a transaction, so a mark is
 * written before the directory is asked, and removed together with the changes here. Owns these marks: while a mark is
 * new, a look-up of the person does not mistake the change for one made elsewhere; an old mark says that the changes here
 * are still to be done.
 */
import { clockSlack, isFromFuture } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'

/** Longer than a directory may take to answer, in milliseconds. */
const longestWrite = 2 * 60_000

export interface OpenWrite {
  readonly userId: Id<'user'>
  /** Milliseconds since the epoch. */
  readonly beganAt: number
}

export const isWriteNew = (beganAt: number | null | undefined, now: number): boolean =>
  typeof beganAt === 'number' && beganAt > now - longestWrite && !isFromFuture(beganAt, now)

/** An earlier mark with an unknown answer stays. Returns when the open write began. */
export async function beginWrite(
  queries: Queries,
  userId: string,
  now: number,
): Promise<number | undefined> {
  const row = await queries
    .updateTable('directory_entries')
    .set(({ fn, ref, val }) => ({
      write_began_at: fn.coalesce(ref('write_began_at'), val(now)),
    }))
    .where('user_id', '=', userId)
    .returning('write_began_at')
    .executeTakeFirst()
  return row?.write_began_at ?? undefined
}

/** Removes the mark. `false`: another process has removed it. */
export async function endWrite(queries: Queries, { userId, beganAt }: OpenWrite): Promise<boolean> {
  const result = await queries
    .updateTable('directory_entries')
    .set({ write_began_at: null })
    .where('user_id', '=', userId)
    .where('write_began_at', '=', beganAt)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** The writes whose answer will not come any more, the longest open first. */
export async function listUnsettled(
  queries: Queries,
  now: number,
  limit: number,
): Promise<OpenWrite[]> {
  const rows = await queries
    .selectFrom('directory_entries')
    .select(['user_id', 'write_began_at'])
    .where(({ or, eb }) =>
      or([
        eb('write_began_at', '<=', now - longestWrite),
        eb('write_began_at', '>', now + clockSlack),
      ]),
    )
    .orderBy('write_began_at')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    userId: row.user_id as Id<'user'>,
    beganAt: Number(row.write_began_at),
  }))
}
