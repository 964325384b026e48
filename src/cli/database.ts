/** Opens the database, and the key where it is needed, for the time of one command. */
import type { Config } from '../config/schema.ts'
import { systemClock } from '../kernel/clock.ts'
import { Fault } from '../kernel/fault.ts'
import type { Keyring } from '../kernel/keyring.ts'
import { silentLog } from '../kernel/log.ts'
import { openKeyring } from '../keys.ts'
import type { Database, OpenDatabase } from '../storage/database.ts'
import { openDatabase } from '../storage/open.ts'

/** Runs `work` with the configured database and closes it. Throws Fault `unavailable` when it cannot be opened. */
export async function withDatabase<Result>(
  config: Config,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const { storage } = config
  const database = await open(storage)
  try {
    return await work(database.db)
  } finally {
    await database.close()
  }
}

/** As `withDatabase`, with the keyring that belongs to the database. A key that does not is a mistake of `key_file`. */
export function withKeyring<Result>(
  config: Config,
  work: (db: Database, keyring: Keyring) => Promise<Result>,
): Promise<Result> {
  return withDatabase(config, async (db) => work(db, await openKeyring(config, db)))
}

async function open(storage: Config['storage']): Promise<OpenDatabase> {
  try {
    return await openDatabase({ storage, clock: systemClock, log: silentLog })
  } catch (cause) {
    if (!(cause instanceof Fault) || cause.code !== 'unavailable') throw cause
    const place = storage.type === 'sqlite' ? storage.file : withoutSecrets(storage.url)
    throw new Fault('unavailable', `The database ${place} is not available.`, { cause })
  }
}

function withoutSecrets(url: string): string {
  return URL.canParse(url) ? `${new URL(url).host}${new URL(url).pathname}` : 'in storage.url'
}
