/** Apps that were added before apps could choose an algorithm expect the one that all apps got. */
import { type Kysely, sql } from 'kysely'

const before = { signingAlgorithm: 'ES256', pkce: 'required' }

export async function up(db: Kysely<unknown>): Promise<void> {
  const apps = sql<{ id: string; settings: string }>`
    select id, settings from apps where protocol = 'oidc'`
  for (const { id, settings } of (await apps.execute(db)).rows) {
    const changed = JSON.stringify({ ...JSON.parse(settings), ...before })
    await sql`update apps set settings = ${changed} where id = ${id}`.execute(db)
  }
}
