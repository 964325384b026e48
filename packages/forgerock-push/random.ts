/** Random values of the protocol. The source of randomness is an argument. */
import { toBase64 } from './base64.ts'

export interface RandomSource {
  bytes(length: number): Uint8Array
  /** A whole number in `[min, max)`. */
  int(min: number, max: number): number
  /** A version 4 UUID. */
  uuid(): string
}

/** A shared secret: 32 bytes. Android clients refuse less. */
export function randomSecret(random: RandomSource): Uint8Array {
  return random.bytes(32)
}

/** A challenge: 32 bytes in standard base64. */
export function randomChallenge(random: RandomSource): string {
  return toBase64(random.bytes(32))
}
