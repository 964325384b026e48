/** Phones with the Einlass authenticator: their keys, the links that enrol them, and their requests. */
import { type CreateTableBuilder, type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await createDevices(db)
  await createRegistrations(db)
  await createChallenges(db)
}

const withUser = (table: CreateTableBuilder<string, never>) =>
  table
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )

async function createDevices(db: Kysely<unknown>): Promise<void> {
  await withUser(db.schema.createTable('authenticator_devices'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('answer_jwk', 'text', (column) => column.notNull())
    .addColumn('answer_key', 'text', (column) => column.notNull())
    .addColumn('reader_jwk', 'text', (column) => column.notNull())
    .addColumn('server_key_sealed', 'text', (column) => column.notNull())
    .addColumn('server_jwk', 'text', (column) => column.notNull())
    .addColumn('subscription_sealed', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('activated_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .execute()
  await db.schema
    .createIndex('authenticator_devices_by_user_id')
    .on('authenticator_devices')
    .columns(['user_id'])
    .execute()
  await db.schema
    .createTable('authenticator_used_keys')
    .addColumn('device_id', 'text', (column) =>
      column.notNull().references('authenticator_devices.id').onDelete('cascade'),
    )
    .addColumn('thumbprint', 'text', (column) => column.notNull())
    .addColumn('jwk', 'text', (column) => column.notNull())
    .addColumn('used_at', 'bigint', (column) => column.notNull())
    .addColumn('message_hash', 'text', (column) => column.notNull())
    .addColumn('challenge_id', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('tries_left', 'integer')
    .addPrimaryKeyConstraint('authenticator_used_keys_key', ['device_id', 'thumbprint'])
    .execute()
}

async function createRegistrations(db: Kysely<unknown>): Promise<void> {
  await withUser(db.schema.createTable('authenticator_registrations'))
    .addColumn('journey_hash', 'text', (column) => column.notNull())
    .addColumn('secret_sealed', 'text', (column) => column.notNull())
    .addColumn('server_key_sealed', 'text', (column) => column.notNull())
    .addColumn('server_jwk', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('device_id', 'text')
    .addColumn('answer_key', 'text')
    .addColumn('second_told_at', 'bigint')
    .addColumn('budget_key', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('authenticator_registrations_by_user_id')
    .on('authenticator_registrations')
    .columns(['user_id', 'created_at'])
    .execute()
}

async function createChallenges(db: Kysely<unknown>): Promise<void> {
  await withUser(db.schema.createTable('authenticator_challenges'))
    .addColumn('journey_hash', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) =>
      column.notNull().references('authenticator_devices.id').onDelete('cascade'),
    )
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('nonce', 'text', (column) => column.notNull())
    .addColumn('code', 'text', (column) => column.notNull())
    .addColumn('scan', 'text', (column) => column.notNull())
    .addColumn('tries_left', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('delivery', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('answered_at', 'bigint')
    .addColumn('consumed_at', 'bigint')
    .addColumn('about', 'text')
    .addColumn('language', 'text', (column) => column.notNull())
    .addColumn('budget_key', 'text')
    .execute()
  await db.schema
    .createIndex('authenticator_challenges_by_user_id')
    .on('authenticator_challenges')
    .columns(['user_id', 'created_at'])
    .execute()
  // A user has only one waiting request at a time on enrolled phones.
  await sql`create index authenticator_challenges_waiting on authenticator_challenges (device_id) where status = 'waiting'`.execute(
    db,
  )
}
