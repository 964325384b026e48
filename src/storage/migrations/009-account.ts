/** What a person's own pages need: names that people give to their phones, and the events that are about one person. */
import type { Kysely } from 'kysely'

type Schema = Kysely<unknown>

export async function up(db: Schema): Promise<void> {
  await db.schema.alterTable('push_devices').addColumn('own_name', 'text').execute()
}
