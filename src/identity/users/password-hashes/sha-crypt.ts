/**
 * SHA-crypt (`$5$`, `$6$`), as crypt(3) of Linux and many directories write it. Node has no function for it, so it is
 * computed here, a few rounds at a time; the event loop does other work in between.
 */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'
import { createKnown, type HashReading, malformed, readNumber, tooCostly } from './form.ts'

interface Variant {
  readonly name: 'sha256' | 'sha512'
  readonly length: number
  /** How a digest is written: the three bytes that each four characters encode, the highest first. */
  readonly groups: readonly (readonly number[])[]
  /** The remaining bytes, which are fewer characters. */
  readonly rest: readonly number[]
}

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const defaultRounds = 5000
/** crypt(3) raises a smaller number to this one, and writes the raised number. */
const minRounds = 1000
/** About a second. */
const maxRounds = 100_000
const roundsAtOnce = 500

const variants: Readonly<Record<string, Variant>> = {
  '5': {
    name: 'sha256',
    length: 32,
    groups: listGroups([0, 10, 20], 10, ([a, b, c]) => [c + 1, a + 1, b + 1]),
    rest: [31, 30],
  },
  '6': {
    name: 'sha512',
    length: 64,
    groups: listGroups([0, 21, 42], 21, ([a, b, c]) => [b + 1, c + 1, a + 1]),
    rest: [63],
  },
}

type Group = readonly [number, number, number]

function listGroups(first: Group, count: number, follow: (group: Group) => Group): Group[] {
  const groups = [first]
  while (groups.length < count) groups.push(follow(groups.at(-1) ?? first))
  return groups
}

export function readShaCrypt(text: string): HashReading | undefined {
  if (!/^\$[56]\$/.test(text)) return undefined
  const parts =
    /^\$(?:5(?=.*\$[./\dA-Za-z]{42}[./\dA-D]$)|6(?=.*\$[./\dA-Za-z]{85}[./01]$))\$(?:rounds=(\d+)\$)?([^$:\s]{1,16})\$([./\dA-Za-z]+)$/.exec(
      text,
    )
  const variant = variants[text[1] ?? '']
  const rounds = parts?.[1] === undefined ? defaultRounds : readNumber(parts[1])
  if (parts === null || variant === undefined || rounds === undefined) return malformed
  if (rounds < minRounds) return malformed
  if (rounds > maxRounds) return tooCostly
  const salt = Buffer.from(parts[2] ?? '')
  const written = parts[3] ?? ''
  return createKnown('sha_crypt', async (password) => {
    const digest = await derive(variant, Buffer.from(password), salt, rounds)
    return equalInConstantTime(write(variant, digest), written)
  })
}

/** The steps of "Unix crypt using SHA-256 and SHA-512", U. Drepper. The names of the parts come from there. */
async function derive(
  { name, length }: Variant,
  password: Buffer,
  salt: Buffer,
  rounds: number,
): Promise<Buffer> {
  const digest = (parts: readonly Uint8Array[]) => {
    const hash = createHash(name)
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  const fill = (block: Buffer, size: number) =>
    Buffer.concat(Array<Buffer>(Math.ceil(size / length)).fill(block)).subarray(0, size)
  const b = digest([password, salt, password])
  const bits = password.length === 0 ? [] : Array.from(password.length.toString(2)).reverse()
  const byBits = bits.map((bit) => (bit === '1' ? b : password))
  let block = digest([password, salt, fill(b, password.length), ...byBits])
  const repeated = (of: Buffer, times: number) => digest(Array<Buffer>(times).fill(of))
  const p = fill(repeated(password, password.length), password.length)
  const s = fill(repeated(salt, 16 + (block[0] ?? 0)), salt.length)
  for (let round = 0; round < rounds; round += 1) {
    const [first, last] = round % 2 === 1 ? [p, block] : [block, p]
    block = digest([first, ...(round % 3 === 0 ? [] : [s]), ...(round % 7 === 0 ? [] : [p]), last])
    if (round % roundsAtOnce === 0) await setImmediate()
  }
  return block
}

function write({ groups, rest }: Variant, digest: Buffer): string {
  return [...groups, rest].map((group) => writeGroup(group, digest)).join('')
}

/** The lowest six bits first; no more characters than its bytes need. */
function writeGroup(group: readonly number[], digest: Buffer): string {
  const number = group.reduce((sum, at) => sum * 256 + (digest[at] ?? 0), 0)
  const length = Math.ceil((group.length * 8) / 6)
  return Array.from({ length }, (_, at) => alphabet[(number >> (6 * at)) & 63]).join('')
}
