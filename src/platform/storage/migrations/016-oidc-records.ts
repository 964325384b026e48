/** Columns of OIDC records that only the library's other stores use, and nothing here reads. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['uid', 'user_code']) {
    await db.schema.dropIndex(`oidc_records_by_${column}`).execute()
    await db.schema.alterTable('oidc_records').dropColumn(column).execute()
  }
}
