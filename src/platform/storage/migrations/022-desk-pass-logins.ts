/** The login that a requested pass is for. Earlier requests name no login. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('desk_pass_requests').addColumn('login_reference', 'text').execute()
}
