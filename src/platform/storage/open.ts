/** Opens the configured database and brings it to the newest schema. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Fault } from '../kernel/fault.ts'
import type { Log } from '../kernel/log.ts'
import { appliedMigrations, isNewest } from './applied.ts'
import type { OnQuery, OpenDatabase } from './database.ts'
import { withRemedy } from './permission.ts'

export type StorageConfig =
  | { readonly type: 'sqlite'; readonly file: string }
  | { readonly type: 'postgres'; readonly url: string }

export interface OpenDatabaseOptions {
  readonly storage: StorageConfig
  readonly log: Log
  /** `false`: only one that was set up before. Absent: an empty one is set up, and a missing file is made. */
  readonly create?: boolean
  readonly onQuery?: OnQuery
  /** For a process that writes very much, and serves nobody. */
  readonly isBulk?: boolean
}

/**
 * Throws `Fault('unavailable')` when the database cannot be reached, `Fault('not_found')` when it may not be made and
 * is not there. Both say which database it is.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  try {
    return await openAndMigrate(options)
  } catch (cause) {
    if (!(cause instanceof Fault) || cause.code !== 'unavailable') throw cause
    const text = `The database ${describePlace(options.storage)} is not available${findReason(cause)}.`
    throw new Fault('unavailable', text, { cause })
  }
}

/** Where the data is, without a password. */
export function describePlace(storage: StorageConfig): string {
  if (storage.type === 'sqlite') return resolve(storage.file)
  if (!URL.canParse(storage.url)) return 'in storage.url'
  const { host, pathname } = new URL(storage.url)
  return `${host}${pathname}`
}

function findReason({ cause }: Fault): string {
  const errors: unknown[] = cause instanceof AggregateError ? cause.errors : [cause]
  const texts = errors.flatMap((one) => (one instanceof Error ? one.message : []))
  return texts.length === 0 ? '' : `: ${texts.join('; ')}`
}

async function openAndMigrate(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const { storage, create = true } = options
  if (!create && storage.type === 'sqlite' && isMissing(storage.file)) throw noDatabase()
  const database = await openEngine(options)
  let isEmpty = false
  try {
    const applied = await appliedMigrations(database)
    isEmpty = applied === undefined
    if (!create && applied === undefined) throw noDatabase()
    if (!(await isNewest(applied))) {
      const { migrate } = await import('./migrate.ts')
      await migrate(database)
    }
    return database
  } catch (error) {
    try {
      throw await withRemedy(error, database, isEmpty)
    } finally {
      await database.close()
    }
  }
}

/** Throws the error of the system when there is no way to look. */
function isMissing(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) === undefined
}

const noDatabase = (): Fault => new Fault('not_found', 'The database was not set up yet.')

/** Loads only the engine that is used: a start is as fast as what it loads. */
async function openEngine({
  storage,
  log,
  onQuery,
  isBulk = false,
}: OpenDatabaseOptions): Promise<OpenDatabase> {
  const heard = onQuery && { onQuery }
  if (storage.type === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts')
    return await openSqlite({ file: storage.file, log, isBulk, ...heard })
  }
  const { openPostgres } = await import('./postgres.ts')
  return await openPostgres({ url: storage.url, log, ...heard })
}
