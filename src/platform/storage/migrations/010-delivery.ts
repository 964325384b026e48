/** Whether a person was informed that their phone can no longer be reached. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push_devices').addColumn('unreachable_told_at', 'bigint').execute()
}
