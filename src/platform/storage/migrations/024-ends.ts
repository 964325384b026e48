/**
 * The browser of a session, so that the end of the session ends running logins only in that browser. And why a journey was
 * ended from outside, for the browser that still shows it.
 */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('browser_hash', 'text').execute()
  await db.schema.alterTable('journeys').addColumn('end_reason', 'text').execute()
}
