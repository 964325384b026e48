/** When a directory of users did not answer. At most one outage of a directory is open, whichever node has noticed it. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('directory_outages')
    .addColumn('directory', 'text', (column) => column.notNull())
    .addColumn('began_at', 'bigint', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('reason', 'text')
    .addPrimaryKeyConstraint('directory_outages_key', ['directory', 'began_at'])
    .execute()
  await db.schema
    .createIndex('directory_outages_open')
    .unique()
    .on('directory_outages')
    .column('directory')
    .where('ended_at' as never, 'is', null)
    .execute()
}
