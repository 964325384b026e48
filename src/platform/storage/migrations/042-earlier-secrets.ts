/** The previous secret of an app, while it is still valid. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('apps').addColumn('earlier_secret_sealed', 'text').execute()
}
