import { setTimeout as sleep } from 'node:timers/promises'
import { isBusy } from './errors.ts'

/**
 * Repeats an attempt while another process locks the file. The growing pauses add up to about `limit` milliseconds; then the
 * error of SQLite is thrown. SQLite's own waiting would stop the event loop, and it does not wait for a change to WAL.
 */
export async function retryWhileBusy<T>(attempt: () => T, limit: number): Promise<T> {
  let waited = 0
  for (let pause = 1; ; pause = Math.min(pause * 2, 20)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || waited >= limit) throw error
    }
    await sleep(pause)
    waited += pause
  }
}
