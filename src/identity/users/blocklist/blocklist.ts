/**
 * The list of passwords that nobody may choose, and of words that passwords are made of: the most frequent leaked
 * passwords, and words and names of German and English, in lower case. Each has its rank in guessing. Owns how the list
 * is stored and searched. README.md says where it comes from.
 */
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'

/** `text` is in lower case and NFC. */
export interface Blocklist {
  /** The power of ten of the number of guesses before it, from 2 to 5. */
  findRank(text: string): number | undefined
  /** Whether something on the list begins with it. */
  hasStart(text: string): boolean
  readonly size: number
}

const file = new URL('passwords.txt.br', import.meta.url)
const lineEnd = 0x0a
const zero = 0x30

let opened: Promise<Blocklist> | undefined

/**
 * Reads the list when the first password is chosen: 4 MB, which stay in memory as bytes. Objects for its lines would need
 * ten times as much. After a failure, the next password tries again.
 */
export function openBlocklist(): Promise<Blocklist> {
  opened ??= read().catch((error: unknown) => {
    opened = undefined
    throw error
  })
  return opened
}

async function read(): Promise<Blocklist> {
  const lines = await promisify(brotliDecompress)(await readFile(file))
  let size = 0
  for (const byte of lines) if (byte === lineEnd) size += 1
  return {
    size,
    findRank(text) {
      const wanted = Buffer.from(`${text}\t`)
      const end = findStart(lines, wanted)
      return end === undefined || text.includes('\t') ? undefined : (lines[end] ?? zero) - zero
    },
    hasStart: (text) => findStart(lines, Buffer.from(text)) !== undefined,
  }
}

/**
 * The position after `wanted` in the first line that begins with it. `lines` are sorted by their bytes up to the tab,
 * which is smaller than every byte before it. Each line has a line end.
 */
function findStart(lines: Buffer, wanted: Buffer): number | undefined {
  let from = 0
  let to = lines.length
  while (from < to) {
    const middle = (from + to) >> 1
    const start = middle === 0 ? 0 : lines.lastIndexOf(lineEnd, middle - 1) + 1
    const end = lines.indexOf(lineEnd, start)
    const order = lines.compare(wanted, 0, wanted.length, start, end)
    if (order < 0) from = end + 1
    else to = start
  }
  const end = from + wanted.length
  const isFound = end <= lines.length && wanted.equals(lines.subarray(from, end))
  return isFound && wanted.length > 0 && wanted[wanted.length - 1] !== lineEnd ? end : undefined
}
