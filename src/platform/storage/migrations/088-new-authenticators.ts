/** Authenticators that were bound and that their owner, proven by another one, has not seen yet. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('new_authenticators')
    .addColumn('authenticator_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('bound_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('new_authenticators_by_user_id')
    .on('new_authenticators')
    .columns(['user_id'])
    .execute()
}
