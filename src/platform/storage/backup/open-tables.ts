/** The rows of a database by its configuration. */
import type { StorageConfig } from '../open.ts'
import type { Access } from './sqlite-tables.ts'
import type { TableStore } from './table-store.ts'

/** Loads only the engine that is used. Throws `Fault('unavailable')` when the database cannot be reached. */
export async function openTables(storage: StorageConfig, access: Access): Promise<TableStore> {
  if (storage.type === 'sqlite') {
    const { openSqliteTables } = await import('./sqlite-tables.ts')
    return await openSqliteTables(storage.file, access)
  }
  const { openPostgresTables } = await import('./postgres-tables.ts')
  return await openPostgresTables(storage.url, access)
}
