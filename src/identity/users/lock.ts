/** Makes what two transactions do for one user happen one after the other: the second sees what the first has done. */
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'

/** Until the transaction ends. Take it before any other row of the user. */
export async function lockUser(queries: Queries, userId: Id<'user'>): Promise<void> {
  await queries
    .updateTable('users')
    .set((row) => ({ updated_at: row.ref('updated_at') }))
    .where('id', '=', userId)
    .execute()
}
