/** Whether the app of a phone can show numbers. Until now a phone without a name was taken for one whose app cannot. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('push_devices')
    .addColumn('shows_numbers', 'integer', (column) => column.notNull().defaultTo(1))
    .execute()
  await sql`update push_devices set shows_numbers = 0 where device_name is null`.execute(db)
}
