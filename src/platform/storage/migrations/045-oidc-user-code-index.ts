/** Only requests that wait for a person have a code, so only they are in its index: all other records cost a page less. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('oidc_records_by_user_code_hash').execute()
  await db.schema
    .createIndex('oidc_records_by_user_code_hash')
    .on('oidc_records')
    .column('user_code_hash')
    .where(sql.ref('user_code_hash'), 'is not', null)
    .execute()
}
