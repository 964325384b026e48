/** Since when a request to a phone no longer uses the budget: its login ended with another factor, or the user was unlocked. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('push_challenges').addColumn('cleared_at', 'bigint').execute()
  await db.schema.alterTable('authenticator_challenges').addColumn('cleared_at', 'bigint').execute()
}
