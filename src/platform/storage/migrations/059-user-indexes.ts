/**
 * Indexes for the lists of provisioning systems, so that a late page costs as much as the first, and for rows that are removed
 * with a user: otherwise each removal would scan these tables.
 */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createIndex('provisioned_users_by_source_and_user_id')
    .on('provisioned_users')
    .columns(['source', 'user_id'])
    .execute()
  for (const table of ['proofs', 'login_references', 'desk_pass_requests'] as const) {
    await db.schema.createIndex(`${table}_by_user_id`).on(table).column('user_id').execute()
  }
}
