/**
 * Reproducible tar archives: the same content gives the same bytes, with ordered entries and one time. The GNU format, which
 * dpkg and image tools also read: a path that is too long for a header is the content of an extra entry before it.
 */

export type Entry = {
  /** Relative, with `/`, also for folders. */
  readonly path: string
  readonly mode: number
  /** User and group id. Absent: 0. */
  readonly owner?: number
} & (
  | { readonly type: 'file'; readonly content: Uint8Array | string }
  | { readonly type: 'folder' }
  /** A symbolic link. */
  | { readonly type: 'link'; readonly to: string }
)

const block = 512
const types = { file: '0', link: '2', folder: '5' } as const

/**
 * Yields the archive in pieces. Adds no folders that have no entry.
 * @param time of all entries, in seconds since 1970
 */
export function* writeTar(entries: Iterable<Entry>, time: number): Generator<Uint8Array> {
  for (const entry of entries) {
    const content = entry.type === 'file' ? toBytes(entry.content) : Buffer.alloc(0)
    const path = entry.type === 'folder' ? `${entry.path}/` : entry.path
    const to = entry.type === 'link' ? entry.to : ''
    yield* writeLongName(path, 'L')
    yield* writeLongName(to, 'K')
    const { mode, owner = 0 } = entry
    const type = types[entry.type]
    yield writeHeader({ path, to, type, mode, size: content.length, time, owner })
    yield* pad(content)
  }
  yield Buffer.alloc(2 * block)
}

export const toBytes = (content: Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content) : content

interface Header {
  readonly path: string
  readonly to?: string
  readonly type: string
  readonly mode: number
  readonly size: number
  readonly time: number
  readonly owner?: number
}

function writeHeader({ path, to = '', type, mode, size, time, owner = 0 }: Header): Uint8Array {
  const header = Buffer.alloc(block)
  const number = (value: number, at: number, width: number) =>
    header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at)
  writeText(header, path, 0, 100)
  number(mode, 100, 8)
  number(owner, 108, 8)
  number(owner, 116, 8)
  number(size, 124, 12)
  number(time, 136, 12)
  header.write('        ', 148)
  header.write(type, 156)
  writeText(header, to, 157, 100)
  header.write('ustar  \0', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

function writeText(header: Buffer, text: string, at: number, width: number): void {
  Buffer.from(text).copy(header, at, 0, width)
}

/** The extra entry for a long name. The header of the real entry has only the beginning of the name. */
function* writeLongName(name: string, type: 'L' | 'K'): Generator<Uint8Array> {
  const content = Buffer.from(`${name}\0`)
  if (content.length <= 100) return
  yield writeHeader({ path: '././@LongLink', type, mode: 0, size: content.length, time: 0 })
  yield* pad(content)
}

function* pad(content: Uint8Array): Generator<Uint8Array> {
  if (content.length === 0) return
  yield content
  const rest = content.length % block
  if (rest > 0) yield Buffer.alloc(block - rest)
}
