/** When a person was told by mail what could be repeated at will, so that they are told once an hour. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push_devices').addColumn('kind_told_at', 'bigint').execute()
  await db.schema
    .alterTable('push_registrations')
    .addColumn('second_phone_told_at', 'bigint')
    .execute()
}
