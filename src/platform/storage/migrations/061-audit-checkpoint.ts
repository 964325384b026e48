/** Where the audit trail begins after retention, and which of its events an erasure has replaced. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('audit_checkpoint')
    .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('is_keyed', 'integer', (column) => column.notNull())
    .addColumn('erasures', 'text', (column) => column.notNull())
    .addColumn('made_at', 'bigint', (column) => column.notNull())
    .addColumn('mac', 'text', (column) => column.notNull())
    .addColumn('changes', 'bigint', (column) => column.notNull())
    .execute()
  const none = {
    seq: 0,
    hash: '',
    is_keyed: 0,
    erasures: '{}',
    made_at: 0,
    mac: '',
    changes: 0,
  } as const
  await db
    .insertInto('audit_checkpoint')
    .values({ id: 1, ...none })
    .execute()
  await db.schema
    .createTable('audit_replacements')
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('turn', 'integer', (column) => column.notNull())
    .addColumn('erasure', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_replacements_primary', ['seq', 'turn'])
    .execute()
}
