/** Whose budget a QR code or the test of a phone uses. Earlier rows are in no budget. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push_registrations').addColumn('budget_key', 'text').execute()
  await db.schema.alterTable('push_challenges').addColumn('budget_key', 'text').execute()
}
