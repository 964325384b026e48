/** When an authenticator is removed, everything that was proven with it has to be found. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // A password is no authenticator, so a login with only a password writes nothing here.
  await db.schema
    .createIndex('proofs_by_authenticator_id')
    .on('proofs')
    .column('authenticator_id')
    .where(sql.ref('authenticator_id'), 'is not', null)
    .execute()
}
