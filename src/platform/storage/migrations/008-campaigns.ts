/** Groups of people, why a user declined, and under which rule a second factor was deferred. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('user_groups')
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('user_groups_pk', ['user_id', 'name'])
    .execute()
  await db.schema.alterTable('second_factor_choices').addColumn('decline_reason', 'text').execute()
  await db.schema.alterTable('sessions').addColumn('put_off_rule', 'text').execute()
}
