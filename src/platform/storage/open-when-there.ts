/** Waits for a database that starts later than this process, or is away for a moment. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../kernel/fault.ts'
import type { OpenDatabase } from './database.ts'
import { type OpenDatabaseOptions, openDatabase } from './open.ts'

const firstPause = 250
const longestPause = 5_000

/**
 * As `openDatabase`, repeated while the database is `unavailable`, which it also is while a session blocks a migration.
 * @param wait milliseconds after which it gives up; 0: one attempt
 * @param signal ends the wait; its reason is thrown
 */
export async function openWhenThere(
  options: OpenDatabaseOptions,
  wait: number,
  signal?: AbortSignal,
): Promise<OpenDatabase> {
  const began = performance.now()
  let said: string | undefined
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    signal?.throwIfAborted()
    try {
      return await openDatabase({ ...options, patience: 0 })
    } catch (error) {
      const isAway = error instanceof Fault && error.code === 'unavailable'
      if (!isAway || performance.now() - began + pause > wait) throw error
      // The message names the database and the cause. The error that ends the wait is logged whole.
      const reason = error.message
      if (reason !== said) options.log.warn({ reason, wait }, 'waiting for the database')
      said = reason
      await sleep(pause, undefined, signal && { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}
