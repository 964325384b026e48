/** SHA-crypt (`$5$`, `$6$`), as crypt(3) of Linux and many directories write it. */
import { once } from 'node:events'
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'
import { createKnown, type HashReading, malformed, readNumber, tooCostly } from './form.ts'
import { deriveShaCrypt, type ShaCryptInput } from './sha-crypt-digest.ts'

interface Variant {
  readonly name: 'sha256' | 'sha512'
  /** How a digest is written: the three bytes that each four characters encode, the highest first. */
  readonly groups: readonly (readonly number[])[]
  /** The remaining bytes, which are fewer characters. */
  readonly rest: readonly number[]
}

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const defaultRounds = 5000
/** crypt(3) raises a smaller number to this one, and writes the raised number. */
const minRounds = 1000
/** One to three seconds. */
const maxRounds = 1_000_000

const variants: Readonly<Record<string, Variant>> = {
  '5': {
    name: 'sha256',
    groups: listGroups([0, 10, 20], 10, ([a, b, c]) => [c + 1, a + 1, b + 1]),
    rest: [31, 30],
  },
  '6': {
    name: 'sha512',
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
    const { name } = variant
    const digest = await derive({ name, password: Buffer.from(password), salt, rounds })
    return equalInConstantTime(write(variant, digest), written)
  })
}

/** So many rounds of the event loop would delay everybody, so a thread of its own does them. */
const mostOnLoop = 20_000

/** At most as many at once as the hasher has turns. */
async function derive(input: ShaCryptInput): Promise<Uint8Array> {
  if (input.rounds <= mostOnLoop) return await deriveShaCrypt(input)
  const { Worker } = await import('node:worker_threads')
  const worker = new Worker(new URL('./sha-crypt-thread.ts', import.meta.url), {
    workerData: input,
    ...{ execArgv: [], env: {} },
  })
  const [digest]: unknown[] = await once(worker, 'message')
  if (!(digest instanceof Uint8Array)) throw new TypeError('The thread returned no digest.')
  return digest
}

function write({ groups, rest }: Variant, digest: Uint8Array): string {
  return [...groups, rest].map((group) => writeGroup(group, digest)).join('')
}

/** The lowest six bits first; no more characters than its bytes need. */
function writeGroup(group: readonly number[], digest: Uint8Array): string {
  const number = group.reduce((sum, at) => sum * 256 + (digest[at] ?? 0), 0)
  const length = Math.ceil((group.length * 8) / 6)
  return Array.from({ length }, (_, at) => alphabet[(number >> (6 * at)) & 63]).join('')
}
