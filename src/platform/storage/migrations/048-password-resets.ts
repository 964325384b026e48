/**
 * Forgotten passwords: requests that wait for their mail, and the links in these mails. Mails with such a link are sealed, and
 * useless after the link ends.
 */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('reset_requests')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text')
    .addColumn('client', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('reason', 'text')
    .execute()
  await db.schema
    .createIndex('reset_requests_by_status_and_due_at')
    .on('reset_requests')
    .columns(['status', 'due_at'])
    .execute()
  await db.schema
    .createTable('reset_links')
    .addColumn('token_hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('email_hash', 'text', (column) => column.notNull())
    .addColumn('credential_version', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('claimed_until', 'bigint', (column) => column.notNull())
    .addColumn('consumed_at', 'bigint')
    .execute()
  await db.schema
    .createIndex('reset_links_by_user_id')
    .on('reset_links')
    .column('user_id')
    .execute()
  await db.schema.alterTable('mail_queue').addColumn('body_sealed', 'text').execute()
  await db.schema.alterTable('mail_queue').addColumn('useless_at', 'bigint').execute()
}
