import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** Randomness as an argument, so that tests can replay a run. */
export interface Random {
  bytes(length: number): Uint8Array
  /** A whole number in `[min, max)`. */
  int(min: number, max: number): number
  /** A version 4 UUID (RFC 9562 section 5.4). */
  uuid(): string
}

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  int: (min, max) => randomInt(min, max),
  uuid: () => randomUUID(),
}
