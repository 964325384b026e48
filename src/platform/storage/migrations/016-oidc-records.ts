/** What the library's other stores need of an OIDC record, and nothing here asks for. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['uid', 'user_code']) {
    await db.schema.dropIndex(`oidc_records_by_${column}`).execute()
    await db.schema.alterTable('oidc_records').dropColumn(column).execute()
  }
}
