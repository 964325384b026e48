/**
 * Checks whether the database accepts writes, for callers that ask often: a database on a full or read-only disk still answers
 * reads.
 */
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
/** Bytes: more than a page of either engine can have free, so that the row needs new space. */
const size = 16_384

/** If this many writes failed within `trusted`, it is no accident, even if the probe's own write works. */
const mostTroubles = 3

/**
 * The returned function rejects when its write fails, or when writes of others have just failed. It writes at most every few
 * seconds while that works, and leaves nothing behind.
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
        // Random, as PostgreSQL would compress a repeating text and need no space.
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
