/**
 * For phones with the Einlass authenticator: the credential that verifies the person, whether a copy was used, and what
 * distinguishes a late message of the phone itself from one of a copy.
 */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('authenticator_devices').addColumn('credential', 'text').execute()
  await db.schema.alterTable('authenticator_devices').addColumn('copied_at', 'bigint').execute()
  await db.schema.alterTable('authenticator_used_keys').addColumn('next_key', 'text').execute()
  await db.schema.alterTable('authenticator_used_keys').addColumn('unanswered', 'text').execute()
  await db.schema
    .alterTable('authenticator_registrations')
    .addColumn('verification', 'text', (column) => column.notNull().defaultTo('preferred'))
    .execute()
  await db.schema
    .alterTable('authenticator_challenges')
    .addColumn('verification', 'text', (column) => column.notNull().defaultTo('none'))
    .execute()
}
