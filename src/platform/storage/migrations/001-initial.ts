/**
 * The first schema, for SQLite and PostgreSQL alike. SQLite stores a `bigint` column as an integer.
 * `proofs` and the push tables name a journey by its hash without a foreign key: they outlive a purged journey.
 */
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

type Schema = Kysely<Tables>

async function createIndex(db: Schema, table: string, ...columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${columns.join('_and_')}`)
    .on(table)
    .columns(columns)
    .execute()
}

async function createUsers(db: Schema): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('username', 'text', (column) => column.notNull())
    .addColumn('username_key', 'text', (column) => column.notNull().unique())
    .addColumn('display_name', 'text', (column) => column.notNull())
    .addColumn('email', 'text')
    .addColumn('password_hash', 'text')
    .addColumn('password_changed_at', 'bigint')
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('disabled_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('second_factor_choices')
    .addColumn('user_id', 'text', (column) =>
      column.primaryKey().notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('skips_used', 'integer', (column) => column.notNull())
    .addColumn('last_skipped_at', 'bigint')
    .addColumn('declined_at', 'bigint')
    .execute()
}

async function createSessions(db: Schema): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('amr', 'text', (column) => column.notNull())
    .addColumn('acr', 'text', (column) => column.notNull())
    .addColumn('authenticated_at', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('end_reason', 'text')
    .addColumn('client_address', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('put_off_at', 'bigint')
    .execute()
  await createIndex(db, 'sessions', 'user_id')
}

async function createJourneys(db: Schema): Promise<void> {
  await db.schema
    .createTable('journeys')
    .addColumn('id_hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('browser_hash', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.references('users.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('session_id', 'text')
    .execute()
  await createIndex(db, 'journeys', 'expires_at')
  await db.schema
    .createTable('proofs')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('journey_hash', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('factor', 'text', (column) => column.notNull())
    .addColumn('amr', 'text', (column) => column.notNull())
    .addColumn('strength', 'text', (column) => column.notNull())
    .addColumn('authenticator_id', 'text')
    .addColumn('proven_at', 'bigint', (column) => column.notNull())
    .addColumn('session_id', 'text')
    .execute()
  // The index has only journeys that go on, so that a login of one step writes nothing here.
  await db.schema
    .createIndex('proofs_by_journey_hash')
    .on('proofs')
    .column('journey_hash')
    .where(sql.ref('session_id'), 'is', null)
    .execute()
  await createIndex(db, 'proofs', 'session_id')
}

async function createPushDevices(db: Schema): Promise<void> {
  await db.schema
    .createTable('push_devices')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('mechanism_uid', 'text', (column) => column.notNull().unique())
    .addColumn('secret_sealed', 'text', (column) => column.notNull())
    .addColumn('device_token', 'text', (column) => column.notNull())
    .addColumn('device_type', 'text', (column) => column.notNull())
    .addColumn('communication_type', 'text', (column) => column.notNull())
    .addColumn('device_name', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('activated_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute()
  await createIndex(db, 'push_devices', 'user_id')
}

async function createPushMessages(db: Schema): Promise<void> {
  await db.schema
    .createTable('push_registrations')
    .addColumn('message_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('journey_hash', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('secret_sealed', 'text', (column) => column.notNull())
    .addColumn('challenge', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('device_id', 'text')
    .addColumn('answer_hash', 'text')
    .addColumn('second_answer_at', 'bigint')
    .execute()
  await createIndex(db, 'push_registrations', 'journey_hash')
  await createIndex(db, 'push_registrations', 'user_id')
  await createIndex(db, 'push_registrations', 'expires_at')
  await db.schema
    .createTable('push_challenges')
    .addColumn('message_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('journey_hash', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('challenge', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('numbers', 'text')
    .addColumn('right_number', 'integer')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('delivery', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('answered_at', 'bigint')
    .addColumn('answer_hash', 'text')
    .addColumn('consumed_at', 'bigint')
    .execute()
  await createIndex(db, 'push_challenges', 'journey_hash')
  await createIndex(db, 'push_challenges', 'user_id', 'status')
  await createIndex(db, 'push_challenges', 'device_id')
  await createIndex(db, 'push_challenges', 'expires_at')
}

async function createApps(db: Schema): Promise<void> {
  await db.schema
    .createTable('apps')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('protocol', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('secret_sealed', 'text')
    .addColumn('policy', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('oidc_records')
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('grant_id', 'text')
    .addColumn('uid', 'text')
    .addColumn('user_code', 'text')
    .addColumn('login_session', 'text')
    .addColumn('expires_at', 'bigint')
    .addColumn('consumed_at', 'bigint')
    .addPrimaryKeyConstraint('oidc_records_primary_key', ['model', 'id'])
    .execute()
  await createIndex(db, 'oidc_records', 'grant_id')
  await createIndex(db, 'oidc_records', 'uid')
  await createIndex(db, 'oidc_records', 'user_code')
  await createIndex(db, 'oidc_records', 'login_session')
  await createIndex(db, 'oidc_records', 'expires_at')
}

async function createServerState(db: Schema): Promise<void> {
  await db.schema
    .createTable('signing_keys')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('algorithm', 'text', (column) => column.notNull())
    .addColumn('private_key_sealed', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('retired_at', 'bigint')
    .execute()
  await createIndex(db, 'signing_keys', 'purpose')
  await db.schema
    .createTable('throttles')
    .addColumn('key', 'text', (column) => column.primaryKey().notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('last_failure_at', 'bigint', (column) => column.notNull())
    .addColumn('blocked_until', 'bigint', (column) => column.notNull())
    .execute()
  await createIndex(db, 'throttles', 'last_failure_at')
  await db.schema
    .createTable('one_time_links')
    .addColumn('token_hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('subject', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('consumed_at', 'bigint')
    .execute()
  await createIndex(db, 'one_time_links', 'expires_at')
  await createIndex(db, 'one_time_links', 'purpose', 'subject')
  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
}

async function createAudit(db: Schema): Promise<void> {
  await db.schema
    .createTable('audit_events')
    .addColumn('seq', 'bigint', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('audit_head')
    .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute()
  await db.insertInto('audit_head').values({ id: 1, seq: 0, hash: '' }).execute()
}

export async function up(db: Schema): Promise<void> {
  await createUsers(db)
  await createSessions(db)
  await createJourneys(db)
  await createPushDevices(db)
  await createPushMessages(db)
  await createApps(db)
  await createServerState(db)
  await createAudit(db)
}
