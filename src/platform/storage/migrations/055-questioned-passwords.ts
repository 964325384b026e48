/** Since when a password is in doubt: a password that the directory has had since before is not a new one. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('users').addColumn('password_questioned_at', 'bigint').execute()
}
