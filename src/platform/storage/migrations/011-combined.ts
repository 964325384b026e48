/** The linked TOTP in the QR code of a registration for push. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push_registrations').addColumn('companion_id', 'text').execute()
}
