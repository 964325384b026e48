/** The Kerberos tickets that were used, so that each is accepted only once over all nodes. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('spent_tickets')
    .addColumn('fingerprint', 'text', (column) => column.primaryKey().notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('spent_tickets_by_expires_at')
    .on('spent_tickets')
    .column('expires_at')
    .execute()
}
