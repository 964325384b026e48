/** Since when a new password of a user is being written to a directory whose answer is not stored here yet. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('directory_entries').addColumn('write_began_at', 'bigint').execute()
  await sql`create index directory_entries_writes on directory_entries (write_began_at)
    where write_began_at is not null`.execute(db)
}
