/** The template that each app was added from: it has the icon, and what to enter on the app's side. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('apps').addColumn('template', 'text').execute()
}
