/** Since when a password lets nobody in: the one that its directory has had since before is no new one. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('users').addColumn('password_questioned_at', 'bigint').execute()
}
