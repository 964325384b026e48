/** The node that spent a token: if it ended before its answer arrived, the app uses the token again. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('oidc_records').addColumn('consumed_by', 'text').execute()
}
