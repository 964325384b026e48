/** Which password of a user a directory says that it has got from here, beside the time, which changes without a password as well. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('written_passwords').addColumn('version', 'bigint').execute()
}
