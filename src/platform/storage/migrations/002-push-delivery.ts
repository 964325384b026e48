/** The delivery of a message: which provider carried it and when, and phones whose address is dead. */
import type { Kysely } from 'kysely'

type Schema = Kysely<unknown>

export async function up(db: Schema): Promise<void> {
  await db.schema.alterTable('push_devices').addColumn('push_disabled_at', 'bigint').execute()
  await db.schema.alterTable('push_challenges').addColumn('provider', 'text').execute()
  await db.schema.alterTable('push_challenges').addColumn('handed_over_at', 'bigint').execute()
}
