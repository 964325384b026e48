/**
 * The digest of SHA-crypt. Node has no function for it, so it is computed here, a few rounds at a time; the event loop does
 * other work in between. Owns the algorithm; sha-crypt.ts owns how a hash is written.
 */
import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

export interface ShaCryptInput {
  readonly name: 'sha256' | 'sha512'
  readonly password: Uint8Array
  readonly salt: Uint8Array
  readonly rounds: number
}

const lengths = { sha256: 32, sha512: 64 } as const
const roundsAtOnce = 500

/** The steps of "Unix crypt using SHA-256 and SHA-512", U. Drepper. The names of the parts come from there. */
export async function deriveShaCrypt(input: ShaCryptInput): Promise<Buffer> {
  const { name, password, salt, rounds } = input
  const length = lengths[name]
  const digest = (parts: readonly Uint8Array[]) => hash(name, Buffer.concat(parts), 'buffer')
  const fill = (block: Buffer, size: number) =>
    Buffer.concat(Array<Buffer>(Math.ceil(size / length)).fill(block)).subarray(0, size)
  const b = digest([password, salt, password])
  const bits = password.length === 0 ? [] : Array.from(password.length.toString(2)).reverse()
  const byBits = bits.map((bit) => (bit === '1' ? b : password))
  let block = digest([password, salt, fill(b, password.length), ...byBits])
  const repeated = (of: Uint8Array, times: number) => digest(Array<Uint8Array>(times).fill(of))
  const p = fill(repeated(password, password.length), password.length)
  const s = fill(repeated(salt, 16 + (block[0] ?? 0)), salt.length)
  for (let round = 0; round < rounds; round += 1) {
    const [first, last] = round % 2 === 1 ? [p, block] : [block, p]
    block = digest([first, ...(round % 3 === 0 ? [] : [s]), ...(round % 7 === 0 ? [] : [p]), last])
    if (round % roundsAtOnce === 0) await setImmediate()
  }
  return block
}
