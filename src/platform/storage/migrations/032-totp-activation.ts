/**
 * Since when a code app can be used. For codes that came with a phone it is the time of the phone; for others it is unknown.
 */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('totp_authenticators').addColumn('activated_at', 'bigint').execute()
  await sql`
    update totp_authenticators set activated_at = coalesce(
      (select max(activated_at) from push_devices where codes_id = totp_authenticators.id),
      (select max(activated_at) from authenticator_devices where codes_id = totp_authenticators.id))
    where status = 'active'`.execute(db)
}
