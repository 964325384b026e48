/** Apps behind a proxy: who has access to which app, at which origin. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('forward_auth_grants')
    .addColumn('code_hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('token_hash', 'text', (column) => column.unique())
    .addColumn('browser_hash', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) =>
      column.notNull().references('sessions.id').onDelete('cascade'),
    )
    .addColumn('app_id', 'text', (column) =>
      column.notNull().references('apps.id').onDelete('cascade'),
    )
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('facts', 'text', (column) => column.notNull())
    .addColumn('decided_at', 'bigint', (column) => column.notNull())
    .addColumn('code_expires_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  for (const column of ['session_id', 'app_id', 'expires_at']) {
    await db.schema
      .createIndex(`forward_auth_grants_by_${column}`)
      .on('forward_auth_grants')
      .columns([column])
      .execute()
  }
}
