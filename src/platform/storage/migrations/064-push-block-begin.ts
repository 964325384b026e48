/** When the block of a user's phones began, so that a clock that is set back makes none longer. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('users').addColumn('push_blocked_at', 'bigint').execute()
}
