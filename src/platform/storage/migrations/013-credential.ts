/** A login has to know whether the password that it began with is still the user's password. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('users')
    .addColumn('credential_version', 'integer', (column) => column.notNull().defaultTo(1))
    .execute()
}
