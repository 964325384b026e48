/** Opens the rows of a configured database. */

import { Fault } from '../../kernel/fault.ts'
import { describePlace, nameDatabase, passPooler, type StorageConfig } from '../open.ts'
import { isThere } from './files.ts'
import type { Access, TableStore } from './table-store.ts'

/**
 * Loads only the configured engine. Throws `Fault('unavailable')` when the database cannot be reached, `Fault('not_found')`
 * when the file is missing; both name the database.
 */
export async function openTables(storage: StorageConfig, access: Access): Promise<TableStore> {
  try {
    return await openEngine(storage, access)
  } catch (error) {
    throw nameDatabase(error, storage)
  }
}

async function openEngine(configured: StorageConfig, access: Access): Promise<TableStore> {
  const storage = passPooler(configured)
  if (storage.type === 'sqlite') {
    if (!(await isThere(storage.file)))
      throw new Fault('not_found', `There is no database at ${describePlace(storage)}.`)
    const { openSqliteTables } = await import('./sqlite-tables.ts')
    return await openSqliteTables(storage.file, access)
  }
  const { openPostgresTables } = await import('./postgres-tables.ts')
  return await openPostgresTables(storage.url, access)
}
