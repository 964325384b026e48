/**
 * A table for all protocols with the apps that took part in a session, which were OpenID Connect records before; and the apps
 * that still have to be notified of its end.
 */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await createParticipants(db)
  await moveParticipants(db)
  await createLogoutQueue(db)
}

async function createParticipants(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('participants')
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('app_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('protocol', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('first_used_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addPrimaryKeyConstraint('participants_primary_key', ['session_id', 'app_id'])
    .execute()
  for (const column of ['user_id', 'app_id', 'expires_at']) {
    await db.schema
      .createIndex(`participants_by_${column}`)
      .on('participants')
      .column(column)
      .execute()
  }
}

/** All existing participants are OpenID Connect apps. The time of use is unknown; the session gives it roughly. */
async function moveParticipants(db: Kysely<Tables>): Promise<void> {
  const rows = await db
    .selectFrom('oidc_records')
    .leftJoin('sessions', 'sessions.id', 'oidc_records.login_session')
    .select(['payload', 'oidc_records.expires_at', 'sessions.created_at', 'sessions.last_seen_at'])
    .where('model', '=', 'Participant')
    .execute()
  for (const { payload, expires_at, created_at, last_seen_at } of rows) {
    const { loginSession, clientId, userId } = JSON.parse(payload)
    await db
      .insertInto('participants')
      .values({
        ...{ session_id: loginSession, app_id: clientId, user_id: userId, protocol: 'oidc' },
        ...{ data: '{}', ended_at: null, expires_at: Number(expires_at) },
        ...{ first_used_at: Number(created_at ?? 0), last_used_at: Number(last_seen_at ?? 0) },
      })
      .onConflict((conflict) => conflict.columns(['session_id', 'app_id']).doNothing())
      .execute()
  }
  await db.deleteFrom('oidc_records').where('model', '=', 'Participant').execute()
}

async function createLogoutQueue(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('logout_queue')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('app_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('protocol', 'text', (column) => column.notNull())
    .addColumn('data', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('reason', 'text')
    .execute()
  await db.schema
    .createIndex('logout_queue_by_status_and_due_at')
    .on('logout_queue')
    .columns(['status', 'due_at'])
    .execute()
  await db.schema
    .createIndex('logout_queue_by_session_id')
    .on('logout_queue')
    .column('session_id')
    .execute()
}
