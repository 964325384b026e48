/**
 * Users who have lost every second factor: an administrator removed the last one, a rule revoked it, or its owner removed it
 * without having it. Until another one is enrolled, the password alone opens nothing new: a fallback has to be verified first.
 * Owns the rows. The code that removes one decides whether it is a loss, see docs/factors.md, "After a loss".
 */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'

/** Call it in the transaction that removes the last one. */
export async function noteFactorsLost(
  queries: Queries,
  userId: Id<'user'>,
  now: number,
): Promise<void> {
  await queries
    .insertInto('lost_second_factors')
    .values({ user_id: userId, lost_at: now })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ lost_at: now }))
    .execute()
}

/** Call it in the transaction that enrols one. */
export async function forgetFactorsLost(queries: Queries, userId: Id<'user'>): Promise<void> {
  await queries.deleteFrom('lost_second_factors').where('user_id', '=', userId).execute()
}

/** This is relevant only for a person without a second factor. */
export async function hasLostFactors(queries: Queries, userId: Id<'user'>): Promise<boolean> {
  return (await findFactorsLost(queries, userId)) !== undefined
}

/** When the user lost the last one (ms since the epoch); `undefined`: never. */
export async function findFactorsLost(
  queries: Queries,
  userId: Id<'user'>,
): Promise<number | undefined> {
  const row = await queries
    .selectFrom('lost_second_factors')
    .select('lost_at')
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row === undefined ? undefined : Number(row.lost_at)
}
