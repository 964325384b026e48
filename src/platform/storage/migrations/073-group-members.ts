/** Members of a group in the order of their ids, so that a page of a large group costs as much as the first. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createIndex('user_groups_by_name_and_user_id')
    .on('user_groups')
    .columns(['name', 'user_id'])
    .execute()
  // The new index answers its queries too.
  await db.schema.dropIndex('user_groups_by_name').execute()
}
