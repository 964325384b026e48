/** When a mail notified a user of an event that an attacker could repeat at will: at most one mail an hour. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push_devices').addColumn('kind_told_at', 'bigint').execute()
  await db.schema
    .alterTable('push_registrations')
    .addColumn('second_phone_told_at', 'bigint')
    .execute()
}
