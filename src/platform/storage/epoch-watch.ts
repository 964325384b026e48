/** Notices a restore while a server runs: what the server has in memory then belongs to another state of the database. */
import { setTimeout as sleep } from 'node:timers/promises'
import { seconds } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { Database } from './database.ts'
import { readEpoch } from './epoch.ts'

const every = seconds(1)

export interface EpochWatchOptions {
  readonly db: Database
  readonly log: Log
  /** The id of the epoch in which the server started. */
  readonly epoch: string | undefined
  readonly signal: AbortSignal
}

/** Resolves with `restored` when another epoch has begun, and with `stopped` when the signal aborts. */
export async function watchEpoch(options: EpochWatchOptions): Promise<'restored' | 'stopped'> {
  const { db, log, epoch, signal } = options
  while (!signal.aborted) {
    try {
      if ((await readEpoch(db))?.id !== epoch) return 'restored'
    } catch (error) {
      log.debug({ error }, 'the epoch of the database was not read')
    }
    await sleep(every, undefined, { ref: false, signal }).catch(() => {})
  }
  return 'stopped'
}
