/** A link that a phone has asked for, so that another phone takes its place. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('authenticator_registrations')
    .addColumn('moves_from', 'text')
    .execute()
}
