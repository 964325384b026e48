/**
 * What follows a report *this was not me*: a password that has to be changed, a pause for messages to phones, what a challenge
 * was about, and events that wait to be sent to the service desk.
 */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('users')
    .addColumn('password_change_required', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('users').addColumn('push_blocked_until', 'bigint').execute()
  await db.schema.alterTable('push_challenges').addColumn('about', 'text').execute()
  await db.schema
    .createTable('event_queue')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('receiver', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('body', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('reason', 'text')
    .execute()
  await db.schema
    .createIndex('event_queue_by_status_and_due_at')
    .on('event_queue')
    .columns(['status', 'due_at'])
    .execute()
}
