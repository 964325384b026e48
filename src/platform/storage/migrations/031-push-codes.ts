/** The linked TOTP from the QR code of a phone. Phones that were enrolled before have no entry. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push_devices').addColumn('codes_id', 'text').execute()
}
