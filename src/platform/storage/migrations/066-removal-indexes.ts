/**
 * Indexes for what nodes look for from time to time: rows to remove, and sessions that have ended. Otherwise each search would
 * scan the table. An index of the requests to a phone takes the place of the one of those that wait: a phone that is removed takes
 * all its requests with it.
 */
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  const { schema } = db
  for (const [table, column] of [
    ['authenticator_challenges', 'expires_at'],
    ['authenticator_challenges', 'device_id'],
    ['authenticator_registrations', 'expires_at'],
    ['authenticator_used_keys', 'used_at'],
  ] as const)
    await schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute()
  await schema.dropIndex('authenticator_challenges_waiting').execute()
  // What an enrolment begins with and soon leaves.
  for (const [table, status] of [
    ['authenticator_devices', 'new'],
    ['push_devices', 'pending'],
    ['totp_authenticators', 'pending'],
  ] as const)
    await schema
      .createIndex(`${table}_${status}`)
      .on(table)
      .column('created_at')
      .where(sql.ref('status'), '=', sql.lit(status))
      .execute()
  await schema
    .createIndex('sessions_ended')
    .on('sessions')
    .columns(['ended_at', 'id'])
    .where(sql.ref('ended_at'), 'is not', null)
    .execute()
}
