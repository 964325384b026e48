/** Which node has spent a token: one that ended before its answer arrived leaves an app that shows the token again. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('oidc_records').addColumn('consumed_by', 'text').execute()
}
