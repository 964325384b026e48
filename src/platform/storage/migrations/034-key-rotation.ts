/** From when a key signs, so that it can be published before; its name, and its certificate if relying parties need one. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('signing_keys').addColumn('kid', 'text').execute()
  await db.schema.alterTable('signing_keys').addColumn('certificate', 'text').execute()
  await db.schema
    .alterTable('signing_keys')
    .addColumn('signs_from', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
  await sql`update signing_keys set signs_from = created_at`.execute(db)
}
