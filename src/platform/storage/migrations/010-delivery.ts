/** Whether a person was told that their phone cannot be reached any more. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push_devices').addColumn('unreachable_told_at', 'bigint').execute()
}
