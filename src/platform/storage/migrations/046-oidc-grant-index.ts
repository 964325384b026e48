/** The records of a grant are found by its login, see records.ts of OpenID Connect: each token costs a page less. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex('oidc_records_by_grant_id').execute()
}
