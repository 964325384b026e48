/** Whether the database takes writes, for callers that ask often: a disk that is full or read-only still answers reads. */
import { type Clock, seconds } from '../kernel/clock.ts'
import { Fault } from '../kernel/fault.ts'
import type { Random } from '../kernel/random.ts'
import type { OpenDatabase } from './database.ts'

export interface WriteProbeOptions {
  readonly database: Pick<OpenDatabase, 'db' | 'onTrouble'>
  readonly clock: Clock
  readonly random: Random
}

/** How long the result of a write that worked is reused, in milliseconds. */
const trusted = seconds(5)
/** Bytes: more than a page of either engine has left, so that the row needs new space. */
const size = 16_384

/** So many writes that failed in `trusted` are no accident, whatever a write of the probe says. */
const mostTroubles = 3

/**
 * Rejects when a write fails, and when writes of others have failed just now. Writes at most every few seconds while it
 * works, and leaves nothing behind.
 */
export function createWriteProbe(options: WriteProbeOptions): () => Promise<void> {
  const { clock, random } = options
  const { db } = options.database
  let workedAt = Number.NEGATIVE_INFINITY
  let troubles: number[] = []
  options.database.onTrouble(() => {
    workedAt = Number.NEGATIVE_INFINITY
    troubles = [...troubles, clock.now()].slice(-mostTroubles)
  })
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
    troubles = troubles.filter((at) => Math.abs(clock.now() - at) < trusted)
    if (troubles.length >= mostTroubles) throw new Fault('unavailable', 'writes have just failed')
    if (Math.abs(clock.now() - workedAt) < trusted) return
    running ??= write().finally(() => {
      running = undefined
    })
    await running
  }
}
