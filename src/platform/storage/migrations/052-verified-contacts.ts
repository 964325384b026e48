/** Who manages a user, and for which contacts of its users a provisioning system answers. */
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('users').addColumn('managed_by', 'text').execute()
  await sql`update users set managed_by = (
    select 'scim:' || source from provisioned_users where user_id = users.id
  ) where id in (select user_id from provisioned_users)`.execute(db)
  await sql`update users set managed_by = (
    select 'directory:' || directory from directory_entries where user_id = users.id
  ) where id in (select user_id from directory_entries)`.execute(db)
  await db.schema
    .alterTable('provisioning_tokens')
    .addColumn('verified_mail_domains', 'text', (column) => column.notNull().defaultTo('[]'))
    .execute()
  await db.schema
    .alterTable('provisioning_tokens')
    .addColumn('verified_phone_numbers', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
}
