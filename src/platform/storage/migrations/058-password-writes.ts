/** Since when a directory has been asked to take a new password of a user, while its answer is not written down here. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('directory_entries').addColumn('write_began_at', 'bigint').execute()
  await sql`create index directory_entries_writes on directory_entries (write_began_at)
    where write_began_at is not null`.execute(db)
}
