/**
 * Looks up users with a session in their directories again, at the interval of each directory. So changes of groups and
 * roles affect live sessions, and a user whom the directory no longer lets in, or whose password was set anew there, loses
 * theirs. Owns whom to ask about, and
 * the consequences. A directory that does not answer changes nothing. An error with one user does not stop the look-up of
 * the others.
 */
import type { DirectoryConfig } from '../../platform/config/directories.ts'
import { type Clock, seconds } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Directory } from '../users/directory.ts'
import { giveBack, takeDue } from '../users/due-entries.ts'
import { type EntryReference, listDirectories } from '../users/entries.ts'
import { type EndReplacedOptions, endReplaced } from './end-replaced.ts'
import type { Logins } from './logins.ts'

export interface SweepOptions extends Pick<EndReplacedOptions, 'sessions'> {
  readonly db: Database
  readonly directory: Pick<Directory, 'checkAccount'>
  readonly directories: readonly Pick<DirectoryConfig, 'name' | 'kind' | 'sync_interval'>[]
  readonly logins: Pick<Logins, 'endAll' | 'endSessions'>
  readonly clock: Clock
  readonly log: Log
  /** Follows up passwords that directories took without an answer, see settle-writes.ts. */
  readonly settleWrites: () => Promise<void>
}

export interface Sweep {
  /** Asks about everybody who is due now. Does not throw. */
  run(): Promise<void>
  /** Asks at once about the people of directories that the configuration names no more. */
  start(): void
  /** Waits for the look-up in progress. */
  stop(): Promise<void>
}

/**
 * How many users are marked as asked in one step. Few, because a node that ends meanwhile has not asked about all of
 * them.
 */
const batch = 50

export function createSweep(options: SweepOptions): Sweep {
  const remote = options.directories.filter(({ kind }) => kind !== 'local')
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let isStopping = false
  const hasToStop = () => isStopping
  /** Where the last look-up of a directory was interrupted: the next one begins behind it, so that one user stops no others. */
  const interrupted = new Map<string, string>()

  async function runAll(): Promise<void> {
    await options.settleWrites().catch((error: unknown) => {
      options.log.error({ error }, 'new passwords could not be followed up')
    })
    await Promise.all(
      remote.map(async ({ name, sync_interval: interval }) => {
        try {
          const target = { name, interval, after: interrupted.get(name), isStopping: hasToStop }
          const at = await sweepOne(options, target)
          if (at === undefined) interrupted.delete(name)
          else interrupted.set(name, at)
        } catch (error) {
          options.log.error({ error, directory: name }, 'users could not be looked up again')
        }
      }),
    )
    // Also those that a login or a command has found since.
    await endReplaced(options).catch((error: unknown) => {
      options.log.error({ error }, 'logins before new passwords could not be ended')
    })
  }

  function run(): Promise<void> {
    running = running.then(runAll)
    return running
  }

  /** Only once after each start: so a node with an older configuration, which knows fewer directories, ends nobody later. */
  async function sweepUnknown(): Promise<void> {
    try {
      const known = new Set(remote.map(({ name }) => name))
      for (const name of await listDirectories(options.db)) {
        if (known.has(name)) continue
        await sweepOne(options, { name, interval: 0, isStopping: hasToStop })
      }
    } catch (error) {
      options.log.error({ error }, 'users of earlier directories could not be looked up again')
    }
  }

  return {
    run,
    start() {
      running = running.then(sweepUnknown)
      if (remote.length === 0) return
      const shortest = Math.min(...remote.map((one) => one.sync_interval))
      timer = setInterval(() => void run(), Math.max(shortest / 4, seconds(2)))
      timer.unref()
    },
    async stop() {
      isStopping = true
      clearInterval(timer)
      await running
    },
  }
}

interface Target {
  readonly name: string
  /** Milliseconds. */
  readonly interval: number
  /** The entry behind which it begins, see `takeDue`. */
  readonly after?: string | undefined
  readonly isStopping: () => boolean
}

/** @returns the entry at which it was interrupted; `undefined`: it was not */
async function sweepOne(options: SweepOptions, target: Target): Promise<string | undefined> {
  const { db, clock } = options
  const now = clock.now()
  const due = { before: now - target.interval, now, limit: batch }
  for await (const entries of takeDue(db, target.name, due, target.after)) {
    for (const [at, entry] of entries.entries()) {
      if (!target.isStopping() && (await checkOne(options, entry))) continue
      await giveBack(db, entries.slice(at), due)
      return entry.entryId
    }
  }
  return undefined
}

/** `false`: the directory does not answer, so it is not asked about the others. */
async function checkOne(options: SweepOptions, entry: EntryReference): Promise<boolean> {
  try {
    return await askOne(options, entry)
  } catch (error) {
    // Einlass is overloaded, so nobody can be looked up now.
    if (error instanceof Fault && error.code === 'unavailable') return false
    options.log.error({ error, userId: entry.userId }, 'a user could not be looked up again')
    return true
  }
}

async function askOne(
  { db, directory, logins, log }: SweepOptions,
  { userId, directory: name }: EntryReference,
): Promise<boolean> {
  const account = await directory.checkAccount?.(db, userId, 'background')
  if (account === undefined) return false
  if (account.type === 'unavailable') {
    if (account.answersOthers === undefined) return false
    log.warn({ userId, reason: account.reason }, 'a user could not be looked up again')
    return true
  }
  if (account.type === 'current') return true
  const by = `directory:${name}`
  const { ids } = await transact(db, (tx) =>
    logins.endAll(tx, { userId, reason: 'user_disabled', by }),
  )
  log.info({ userId, reason: account.reason, sessions: ids.length }, 'a directory ended a user')
  return true
}
