/** What a directory last said of a user's password, and which logins of the user have to end since it said something new. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  const add = () => schema.alterTable('directory_entries')
  await add().addColumn('password_set_at', 'bigint').execute()
  await add()
    .addColumn('must_change', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await add().addColumn('logins_end_before', 'bigint').execute()
  await sql`create index directory_entries_ends on directory_entries (logins_end_before)
    where logins_end_before is not null`.execute(db)
}
