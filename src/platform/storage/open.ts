/** Opens the configured database, if this program may use it, and brings it to the newest schema where that is wanted. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Fault } from '../kernel/fault.ts'
import type { Log } from '../kernel/log.ts'
import { describeTlsError } from '../kernel/tls-error.ts'
import type { OnQuery, OpenDatabase } from './database.ts'
import { withRemedy } from './permission.ts'
import { explainSchema, readSchema, type Schema } from './schema.ts'

export type StorageConfig =
  | { readonly type: 'sqlite'; readonly file: string }
  | {
      readonly type: 'postgres'
      readonly url: string
      readonly migrate?: boolean
      /** At most. Absent: ten. */
      readonly connections?: number
      /** PostgreSQL itself, where `url` is a pooler, see postgres-pooler.ts. */
      readonly directUrl?: string
    }

export interface OpenDatabaseOptions {
  readonly storage: StorageConfig
  readonly log: Log
  /** `false`: only one that was set up before. Absent: an empty one is set up, and a missing file is made. */
  readonly create?: boolean
  /** Whether one of an older program is brought to the schema of this one. Absent: as `create`. */
  readonly migrate?: boolean
  /** Milliseconds to try again when a session of PostgreSQL blocks a migration. Absent: see `migrate`. */
  readonly patience?: number
  readonly onQuery?: OnQuery
  /** For a process that writes very much, and serves nobody. */
  readonly isBulk?: boolean
}

/**
 * Throws `Fault('unavailable')` when the database cannot be reached, `Fault('not_found')` when it does not exist and may not
 * be made, `Fault('wrong_schema')` when its schema is older, newer or that of another program. The first and the last name the
 * database.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  try {
    return await openAndMigrate(options)
  } catch (error) {
    throw nameDatabase(error, options.storage)
  }
}

/** An error of the database with its name and the reason; every other error as it is. */
export function nameDatabase(error: unknown, storage: StorageConfig): unknown {
  if (!(error instanceof Fault) || error.code !== 'unavailable') return error
  const text = `The database ${describePlace(storage)} is not available${findReason(error)}.`
  return new Fault('unavailable', text, { cause: error })
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
  const texts = errors.flatMap((one) =>
    one instanceof Error ? describeTlsError(one, 'sslrootcert in storage.url') : [],
  )
  return texts.length === 0 ? '' : `: ${texts.join('; ')}`
}

async function openAndMigrate(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const { storage, log, create = true, migrate = create } = options
  if (!create && storage.type === 'sqlite' && isMissing(storage.file)) throw noDatabase()
  const database = await openEngine(options)
  let isEmpty = false
  try {
    const schema = await readSchema(database)
    isEmpty = schema.type === 'empty'
    if (!create && isEmpty) throw noDatabase()
    if (schema.type === 'newer') log.warn({ unknown: schema.unknown }, newerNote)
    else if (isEmpty || (schema.type === 'older' && migrate)) await applyMissing(options, database)
    else {
      const fault = explainSchema(schema, describePlace(storage))
      if (fault !== undefined) throw fault
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

const newerNote =
  'the database has the schema of a newer Einlass, which this one may use: upgrade this node too'

/** Compares the schema with the program's and changes nothing. Throws as `openDatabase` does. */
export async function lookAtSchema(
  options: Pick<OpenDatabaseOptions, 'storage' | 'log'>,
): Promise<Schema> {
  const { storage } = options
  if (storage.type === 'sqlite' && isMissing(storage.file)) throw noDatabase()
  let database: OpenDatabase | undefined
  try {
    database = await openEngine(options)
    return await readSchema(database)
  } catch (error) {
    throw nameDatabase(error, storage)
  } finally {
    await database?.close()
  }
}

async function applyMissing(options: OpenDatabaseOptions, database: OpenDatabase): Promise<void> {
  const { migrate } = await import('./migrate.ts')
  if (database.engine === 'sqlite') {
    noteApplied(await migrate(database), options.log)
    return
  }
  // A change of a large table, and the wait for another node that makes it, take longer than a request may.
  const direct = passPooler(options.storage)
  // The second connection finds out who blocks the first.
  const storage = { ...direct, connections: 2 }
  const patient = await openEngine({ ...options, storage, isPatient: true })
  const { patience, log } = options
  const onBlocked = (text: string) => log.warn({}, text)
  try {
    noteApplied(
      await migrate(patient, { onBlocked, ...(patience !== undefined && { patience }) }),
      log,
    )
  } finally {
    await patient.close()
  }
}

function noteApplied(names: readonly string[], log: Log): void {
  const [first] = names
  if (first === undefined) return
  log.info({ first, last: names.at(-1), number: names.length }, 'the database has a new schema')
}

/** Throws the error of the system when there is no way to look. */
function isMissing(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) === undefined
}

const noDatabase = (): Fault => new Fault('not_found', 'The database was not set up yet.')

/** Does not look at the schema. Loads only the engine that is used: a start is as fast as what it loads. */
export async function openEngine({
  storage,
  log,
  onQuery,
  isBulk = false,
  isPatient = false,
}: OpenDatabaseOptions & { readonly isPatient?: boolean }): Promise<OpenDatabase> {
  const heard = onQuery && { onQuery }
  if (storage.type === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts')
    return await openSqlite({ file: storage.file, log, isBulk, ...heard })
  }
  const { openPostgres } = await import('./postgres.ts')
  const { url, directUrl, connections = 10 } = storage
  return await openPostgres({ url, directUrl, connections, log, isPatient, ...heard })
}

/** A storage past the pooler, for what needs a connection of its own. */
export function passPooler(storage: StorageConfig): StorageConfig {
  if (storage.type !== 'postgres' || storage.directUrl === undefined) return storage
  const { directUrl, ...rest } = storage
  return { ...rest, url: directUrl }
}
