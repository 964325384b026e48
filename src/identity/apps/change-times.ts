/** When each app was changed for the last time, in milliseconds since the epoch, by its id. */
import type { Queries } from '../../platform/storage/database.ts'

export async function listChangeTimes(queries: Queries): Promise<ReadonlyMap<string, number>> {
  const rows = await queries.selectFrom('apps').select(['id', 'updated_at']).execute()
  return new Map(rows.map(({ id, updated_at: at }) => [id, at]))
}
