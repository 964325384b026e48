/** Whether the database takes writes, for callers that ask often: a disk that is full or read-only still answers reads. */
import { type Clock, seconds } from '../kernel/clock.ts'
import type { Random } from '../kernel/random.ts'
import type { Database } from './database.ts'

export interface WriteProbeOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
}

/** How long the result of a write that worked is reused, in milliseconds. */
const trusted = seconds(5)
/** Bytes: more than a page of either engine has left, so that the row needs new space. */
const size = 16_384

/** Rejects when a write fails. Writes at most every few seconds while it works, and leaves nothing behind. */
export function createWriteProbe({ db, clock, random }: WriteProbeOptions): () => Promise<void> {
  let workedAt = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined

  async function write(): Promise<void> {
    const name = `probe ${random.uuid()}`
    await db.transaction().execute(async (tx) => {
      await tx
        .insertInto('settings')
        // PostgreSQL would compress a text that repeats itself, and need no space.
        .values({ name, value: Buffer.from(random.bytes(size)).toString('base64') })
        .execute()
      await tx.deleteFrom('settings').where('name', '=', name).execute()
    })
    workedAt = clock.now()
  }

  return async () => {
    if (Math.abs(clock.now() - workedAt) < trusted) return
    running ??= write().finally(() => {
      running = undefined
    })
    await running
  }
}
