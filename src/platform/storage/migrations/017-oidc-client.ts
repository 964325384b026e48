/** Which app an OIDC record belongs to, so that no record of a removed app works for a later app of the same name. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('oidc_records').addColumn('client_id', 'text').execute()
  // Both databases know JSON, each in its own words. A quote inside of a value has a backslash before it.
  const named = (member: string) =>
    sql`replace(payload, '"' || ${sql.lit(member)} || '":"' || apps.id || '"', '') <> payload`
  await sql`
    update oidc_records set client_id = (
      select min(apps.id) from apps where ${named('clientId')} or ${named('client_id')}
    ) where model <> 'Session'`.execute(db)
  // Records without an app belong to an app that was removed.
  await sql`delete from oidc_records where client_id is null and model <> 'Session'`.execute(db)
}
