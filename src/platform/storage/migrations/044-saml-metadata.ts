/** The state of the metadata of SAML apps that is fetched again automatically. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('saml_metadata')
    .addColumn('app_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('settings_hash', 'text', (column) => column.notNull())
    .addColumn('read_at', 'bigint')
    .addColumn('valid_until', 'bigint')
    .addColumn('problem', 'text')
    .execute()
}
