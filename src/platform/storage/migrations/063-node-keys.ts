/** Which sealing keys each server has: nothing is sealed with a key before all of them have it. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('node_keys')
    .addColumn('node', 'text', (column) => column.primaryKey().notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('fingerprints', 'text', (column) => column.notNull())
    .addColumn('seals_with', 'text', (column) => column.notNull())
    .execute()
}
