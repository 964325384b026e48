/** When a pass was first used. For passes that were used before, it is the earliest possible time. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('desk_passes').addColumn('first_used_at', 'bigint').execute()
  await sql`
    update desk_passes set first_used_at = case is_single_use when 1 then used_at else created_at end
    where used_at is not null`.execute(db)
}
