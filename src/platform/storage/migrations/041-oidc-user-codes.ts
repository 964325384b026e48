/** The code that a person types, by which the request of a device is found. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('oidc_records').addColumn('user_code_hash', 'text').execute()
  await db.schema
    .createIndex('oidc_records_by_user_code_hash')
    .on('oidc_records')
    .column('user_code_hash')
    .execute()
}
