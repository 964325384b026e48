/** The code app that a registration for push brings along in the same QR code. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push_registrations').addColumn('companion_id', 'text').execute()
}
