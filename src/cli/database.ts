/** Opens the database, and the keyring if a command uses it, for the time of one command. Creates neither. */
import type { Config } from '../platform/config/schema.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { ChangingKeyring, Keyring } from '../platform/kernel/keyring.ts'
import { silentLog } from '../platform/kernel/log.ts'
import type { Database, OpenDatabase } from '../platform/storage/database.ts'
import { openKeyring } from '../platform/storage/keys.ts'
import {
  describePlace,
  nameDatabase,
  type OpenDatabaseOptions,
  openDatabase,
} from '../platform/storage/open.ts'

/** Wakes running servers on a topic after the work is committed. */
export type Wake = (topic: string) => void

/**
 * Runs `work` with the configured database and closes it. Throws Fault `unavailable` when it cannot be opened, Fault
 * `wrong_schema` when it has the schema of another program: these commands never change the schema.
 */
export async function withDatabase<Result>(
  config: Config,
  work: (db: Database, wake: Wake) => Promise<Result>,
  options: Pick<OpenDatabaseOptions, 'isBulk'> = {},
): Promise<Result> {
  const database = await open(config.storage, options)
  const topics = new Set<string>()
  try {
    const result = await work(database.db, (topic) => topics.add(topic))
    await database.wakeServers([...topics])
    return result
  } catch (error) {
    // For example a full disk. Other services can be unavailable as well; their errors name them.
    const isOurs = error instanceof Fault && error.details.engine !== undefined
    throw isOurs ? nameDatabase(error, config.storage) : error
  } finally {
    await database.close()
  }
}

/** As `withKeyring`, for commands that read the whole database, or ask which servers run. */
export async function withWholeDatabase<Result>(
  config: Config,
  work: (database: OpenDatabase, keyring: ChangingKeyring) => Promise<Result>,
): Promise<Result> {
  const database = await open(config.storage, { isBulk: true })
  try {
    const options = { create: false, retireLost: true }
    return await work(database, await openKeyring(config, database.db, options))
  } finally {
    await database.close()
  }
}

/**
 * As `withDatabase`, with the keyring that belongs to the database. A key of another database is reported as a mistake in
 * `key_file`.
 */
export function withKeyring<Result>(
  config: Config,
  work: (db: Database, keyring: Keyring, wake: Wake) => Promise<Result>,
): Promise<Result> {
  return withDatabase(config, async (db, wake) =>
    work(db, await openKeyring(config, db, { create: false }), wake),
  )
}

async function open(
  storage: Config['storage'],
  options: Pick<OpenDatabaseOptions, 'isBulk'>,
): Promise<OpenDatabase> {
  try {
    return await openDatabase({ storage, log: silentLog, create: false, ...options })
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    if (cause.code !== 'not_found') throw cause
    throw new Fault('unavailable', absentText(describePlace(storage)), { cause })
  }
}

export function absentText(place: string): string {
  return `There is no database at ${place}, and nothing was created.
The first start of "einlass serve" sets it up. If the server has another one, run this command in the server's folder,
or name the server's configuration with --config FILE or EINLASS_CONFIG.`
}
