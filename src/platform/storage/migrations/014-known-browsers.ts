/** Wrong passwords in all known browsers of a person share one limit. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('users')
    .addColumn('known_browser_failures', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
}
