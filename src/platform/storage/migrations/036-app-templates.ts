/** What each app was added from: its icon, and what to enter on its side. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('apps').addColumn('template', 'text').execute()
}
