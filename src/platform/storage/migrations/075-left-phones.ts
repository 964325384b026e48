/** When the person removed the account from the phone itself, so that no login waits for it. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('authenticator_devices').addColumn('left_at', 'bigint').execute()
}
