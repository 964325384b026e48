/**
 * The identifiers that requests name apps by, unique for a protocol. If two apps share one already, the first by id keeps it,
 * as requests found that app; the other one has to get a new identifier at its next change.
 */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('app_identifiers')
    .addColumn('protocol', 'text', (column) => column.notNull())
    .addColumn('identifier', 'text', (column) => column.notNull())
    .addColumn('app_id', 'text', (column) =>
      column.notNull().references('apps.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('app_identifiers_primary_key', ['protocol', 'identifier'])
    .execute()
  await db.schema
    .createIndex('app_identifiers_by_app_id')
    .on('app_identifiers')
    .column('app_id')
    .execute()
  const apps = await db
    .selectFrom('apps')
    .select(['id', 'protocol', 'settings'])
    .orderBy('id')
    .execute()
  for (const { id, protocol, settings } of apps) {
    for (const identifier of listIdentifiers(protocol, JSON.parse(settings))) {
      await db
        .insertInto('app_identifiers')
        .values({ protocol, identifier, app_id: id })
        .onConflict((conflict) => conflict.columns(['protocol', 'identifier']).doNothing())
        .execute()
    }
  }
}

/** Uses the settings of the protocols at the time of this migration. */
function listIdentifiers(
  protocol: string,
  settings: { entityId?: string; realms?: string[]; addresses?: string[] },
): string[] {
  if (protocol === 'saml') return [settings.entityId ?? []].flat()
  if (protocol === 'wsfed') return settings.realms ?? []
  if (protocol !== 'forward-auth') return []
  return (settings.addresses ?? []).map((address) => {
    const { origin, pathname } = new URL(address)
    return `${origin}${pathname.replace(/\/+$/, '').toLowerCase()}`
  })
}
