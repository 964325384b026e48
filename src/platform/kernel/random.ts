import { randomFillSync, randomInt, randomUUID } from 'node:crypto'

/** Randomness as an argument, so that tests can replay a run. */
export interface Random {
  bytes(length: number): Uint8Array
  /** A whole number in `[min, max)`. */
  int(min: number, max: number): number
  /** A version 4 UUID (RFC 9562 section 5.4). */
  uuid(): string
}

/**
 * The system is asked for this many bytes at a time, because asking costs the same for sixteen and for thousands. Each
 * byte is handed out once and wiped here.
 */
const pool = Buffer.alloc(4096)
let used = pool.length

function takeBytes(length: number): Uint8Array {
  if (length > pool.length) return randomFillSync(new Uint8Array(length))
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = new Uint8Array(pool.subarray(used, used + length))
  pool.fill(0, used, used + length)
  used += length
  return bytes
}

export const systemRandom: Random = {
  bytes: takeBytes,
  int: (min, max) => randomInt(min, max),
  uuid: () => randomUUID(),
}
