/**
 * The browser that a session was made in, so that its end ends the logins under way there and no others. And why a journey
 * was ended from outside, for the page of the browser that still has it.
 */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('browser_hash', 'text').execute()
  await db.schema.alterTable('journeys').addColumn('end_reason', 'text').execute()
}
