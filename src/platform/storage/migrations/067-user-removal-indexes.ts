/**
 * Indexes for what is removed with a user, and for the list of the users of one directory: otherwise both would scan these tables.
 */
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  for (const table of ['journeys', 'mail_queue'] as const)
    await db.schema
      .createIndex(`${table}_by_user_id`)
      .on(table)
      .column('user_id')
      .where(sql.ref('user_id'), 'is not', null)
      .execute()
  // Users of Einlass itself have no manager, and are listed alone too.
  await db.schema
    .createIndex('users_by_managed_by_and_username_key')
    .on('users')
    .columns(['managed_by', 'username_key'])
    .execute()
}
