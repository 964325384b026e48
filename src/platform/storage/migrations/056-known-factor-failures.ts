/**
 * Wrong answers per second factor in browsers in which the user has logged in before; those in other browsers stay where they
 * are.
 */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('known_factor_failures')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('last_failure_at', 'bigint', (column) => column.notNull())
    .addColumn('off_at', 'bigint')
    .addPrimaryKeyConstraint('known_factor_failures_key', ['user_id', 'kind'])
    .execute()
}
