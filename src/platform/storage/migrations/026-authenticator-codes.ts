/** The one-time codes that a phone with the Einlass authenticator has with it. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('authenticator_devices').addColumn('codes_id', 'text').execute()
}
