/** The rows of apps in the database: how they are found, in which order, and that no two have one id. */
import type { Selectable } from 'kysely'
import { Fault } from '../../platform/kernel/fault.ts'
import type { AppRow as AppTable } from '../../platform/storage/app-tables.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { isUniqueViolation } from '../../platform/storage/errors.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import { hasRowLocks } from '../../platform/storage/row-locks.ts'

export type AppRow = Selectable<AppTable>

export const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** In the order that people expect: each database has its own. Making the first collator takes milliseconds. */
export async function listRows(queries: Queries): Promise<AppRow[]> {
  const rows = await queries.selectFrom('apps').selectAll().execute()
  if (rows.length < 2) return rows
  const { compare } = new Intl.Collator('de')
  return rows.sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id))
}

const findById = prepared((queries, at: Slots<{ id: string }>) =>
  queries.selectFrom('apps').selectAll().where('id', '=', at.id),
)

export async function findRow(queries: Queries, id: string): Promise<AppRow | undefined> {
  // Anybody may ask for any id, and PostgreSQL refuses some texts with an error.
  if (!idPattern.test(id)) return undefined
  return await findById.first(queries, { id })
}

/** Longer than any identifier that an app can have. */
const longestIdentifier = 2048

const findByIdentifier = prepared((queries, at: Slots<{ protocol: string; identifier: string }>) =>
  queries
    .selectFrom('app_identifiers')
    .innerJoin('apps', 'apps.id', 'app_identifiers.app_id')
    .selectAll('apps')
    .where('app_identifiers.protocol', '=', at.protocol)
    .where('app_identifiers.identifier', '=', at.identifier),
)

export async function findRowByIdentifier(
  queries: Queries,
  protocol: string,
  identifier: string,
): Promise<AppRow | undefined> {
  const isUsable = identifier.length <= longestIdentifier && !identifier.includes('\0')
  return isUsable ? await findByIdentifier.first(queries, { protocol, identifier }) : undefined
}

const findLockedById = prepared((queries, at: Slots<{ id: string }>) =>
  queries
    .selectFrom('apps')
    .selectAll()
    .where('id', '=', at.id)
    .$if(hasRowLocks(queries), (query) => query.forNoKeyUpdate()),
)

export async function findLockedRow(queries: Queries, id: string): Promise<AppRow | undefined> {
  return idPattern.test(id) ? await findLockedById.first(queries, { id }) : undefined
}

export async function insertApp(queries: Queries, row: AppRow): Promise<void> {
  try {
    await queries.insertInto('apps').values(row).execute()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new Fault('conflict', 'An app with this id exists.', { details: { id: row.id } })
  }
}
