/** Opens the configured database and brings it to the newest schema. */
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { OpenDatabase } from './database.ts'
import { migrate } from './migrate.ts'

export type StorageConfig =
  | { readonly type: 'sqlite'; readonly file: string }
  | { readonly type: 'postgres'; readonly url: string }

export interface OpenDatabaseOptions {
  readonly storage: StorageConfig
  readonly clock: Clock
  readonly log: Log
}

/** Throws `Fault('unavailable')` when the database cannot be reached. */
export async function openDatabase({ storage, log }: OpenDatabaseOptions): Promise<OpenDatabase> {
  const database = await openEngine(storage, log)
  try {
    await migrate(database)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Loads only the engine that is used: a start is as fast as what it loads. */
async function openEngine(storage: StorageConfig, log: Log): Promise<OpenDatabase> {
  if (storage.type === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts')
    return await openSqlite({ file: storage.file, log })
  }
  const { openPostgres } = await import('./postgres.ts')
  return await openPostgres({ url: storage.url, log })
}
