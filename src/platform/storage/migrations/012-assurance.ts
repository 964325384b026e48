/** Whatever was proven with an authenticator is looked for when it is removed. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // A password has none, so that a login by it alone writes nothing here.
  await db.schema
    .createIndex('proofs_by_authenticator_id')
    .on('proofs')
    .column('authenticator_id')
    .where(sql.ref('authenticator_id'), 'is not', null)
    .execute()
}
