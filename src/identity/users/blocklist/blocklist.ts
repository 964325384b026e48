/**
 * The list of passwords that nobody may choose: what leaked most often, and words and names of German and English, in lower
 * case, of eight characters and more. Owns how it is kept and searched. README.md says where it comes from.
 */
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'

export interface Blocklist {
  /** `text` in lower case and NFC. */
  has(text: string): boolean
  readonly size: number
}

const file = new URL('passwords.txt.br', import.meta.url)
const lineEnd = 0x0a

let opened: Promise<Blocklist> | undefined

/**
 * It is read when the first password is chosen: 3 MB, which stay in memory as they are. Objects for its lines would be
 * ten times as much. A failure is tried again with the next password.
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
  return { size, has: (text) => hasLine(lines, Buffer.from(text)) }
}

/** `lines` are sorted by their bytes, and each has an end. */
function hasLine(lines: Buffer, wanted: Buffer): boolean {
  let from = 0
  let to = lines.length
  while (from < to) {
    const middle = (from + to) >> 1
    const start = middle === 0 ? 0 : lines.lastIndexOf(lineEnd, middle - 1) + 1
    const end = lines.indexOf(lineEnd, start)
    const order = Buffer.compare(wanted, lines.subarray(start, end))
    if (order === 0) return true
    if (order < 0) to = start
    else from = end + 1
  }
  return false
}
