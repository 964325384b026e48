/** Opens the configured database and brings it to the newest schema. */
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { OpenDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

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
  const database =
    storage.type === 'sqlite'
      ? await openSqlite({ file: storage.file, log })
      : await openPostgres({ url: storage.url, log })
  try {
    await migrate(database)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}
