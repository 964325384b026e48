/** The linked TOTP of a phone with the Einlass authenticator. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('authenticator_devices').addColumn('codes_id', 'text').execute()
}
