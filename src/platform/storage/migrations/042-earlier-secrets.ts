/** The secret that an app had before, for as long as it still counts. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('apps').addColumn('earlier_secret_sealed', 'text').execute()
}
