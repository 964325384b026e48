/** What a start of the server does about the sealing keys: takes the later key, binds the rows of an earlier program, and watches. */
import { hostname } from 'node:os'
import { createKeyCheck } from './faces/protocols/key-check.ts'
import { createAudit } from './identity/audit/audit.ts'
import { bindAllRows } from './identity/operations/bind-rows.ts'
import { followLaterKey } from './identity/operations/later-key.ts'
import type { Config } from './platform/config/schema.ts'
import { type Clock, systemClock } from './platform/kernel/clock.ts'
import { Fault } from './platform/kernel/fault.ts'
import type { ChangingKeyring } from './platform/kernel/keyring.ts'
import type { Log } from './platform/kernel/log.ts'
import type { Database, OpenDatabase } from './platform/storage/database.ts'
import { openKeySource } from './platform/storage/key-source.ts'
import { createKeyWatch, type KeyWatch } from './platform/storage/key-watch.ts'

interface StartKeysOptions {
  readonly config: Config
  readonly log: Log
  /** Absent: the system's. */
  readonly clock?: Clock
}

const unboundText =
  'rows without a code are accepted, as an older program may be running: when no server is older, run einlass keys bind'

/** A restore under a running server can bring back the name of a sealing key from before a rotation. */
export async function followLater(
  { config, log, clock = systemClock }: StartKeysOptions,
  db: Database,
  keyring: ChangingKeyring,
): Promise<void> {
  const audit = createAudit({ clock, keyring })
  const before = await followLaterKey({ db, keyring, audit, clock }, 'start')
  // On PostgreSQL an older server may be running: an operator says when none is.
  if (config.storage.type === 'sqlite') await bindAllRows({ db, keyring, audit, clock }, 'start')
  else if (keyring.acceptsUnboundRows) log.warn({}, unboundText)
  if (before === undefined) return
  const { sealingKey: key } = keyring
  const text =
    'the database named an earlier sealing key than one that has sealed since; the later one seals from now on'
  log.warn({ key, before }, text)
}

/** Throws Fault `conflict` when a row that every login needs is broken: the server would run, but nobody could log in. */
export async function openKeyWatch(
  { config, log, clock = systemClock }: StartKeysOptions,
  database: OpenDatabase,
  keyring: ChangingKeyring,
): Promise<KeyWatch> {
  const findBrokenRow = createKeyCheck({ db: database.db, keyring, clock })
  const source = openKeySource(config)
  const host = hostname()
  const watch = createKeyWatch({ database, keyring, source, clock, log, host, findBrokenRow })
  await watch.look()
  const problem = watch.findProblem()
  if (problem === undefined) return watch
  await watch.stop()
  throw new Fault('conflict', `The server does not start: ${problem}`)
}
