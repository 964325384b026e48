/** A link that a phone has requested so that another phone replaces it. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('authenticator_registrations')
    .addColumn('moves_from', 'text')
    .execute()
}
