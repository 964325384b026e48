/** Makes two transactions for one user run one after the other, so that the second sees the changes of the first. */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'

/** Locks the user until the transaction ends. Call it before taking any other row of the user. */
export async function lockUser(queries: Queries, userId: Id<'user'>): Promise<void> {
  await queries
    .updateTable('users')
    .set((row) => ({ updated_at: row.ref('updated_at') }))
    .where('id', '=', userId)
    .execute()
}
