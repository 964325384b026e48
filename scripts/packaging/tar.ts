/**
 * Tar archives that are the same bytes for the same content: entries in order, one time, one owner. The format is POSIX
 * (ustar), with an extended header (pax) where a path is too long for it.
 */

export type Entry = {
  /** Relative, with `/`; of a folder too. */
  readonly path: string
  readonly mode: number
  /** Numbers of user and group. Absent: 0. */
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
 * The archive in pieces. Folders that no entry names are not made up.
 * @param time of all entries, in seconds since 1970
 */
export function* writeTar(entries: Iterable<Entry>, time: number): Generator<Uint8Array> {
  for (const entry of entries) {
    const content = entry.type === 'file' ? Buffer.from(entry.content) : Buffer.alloc(0)
    const path = entry.type === 'folder' ? `${entry.path}/` : entry.path
    const to = entry.type === 'link' ? entry.to : ''
    const long = listLongNames(path, to)
    if (long.length > 0) {
      const records = Buffer.from(long.join(''))
      yield writeHeader({ path: 'PaxHeader', type: 'x', mode: 0o644, size: records.length, time })
      yield* pad(records)
    }
    const { mode, owner = 0 } = entry
    const type = types[entry.type]
    yield writeHeader({ path, to, type, mode, size: content.length, time, owner })
    yield* pad(content)
  }
  yield Buffer.alloc(2 * block)
}

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
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

function writeText(header: Buffer, text: string, at: number, width: number): void {
  Buffer.from(text).copy(header, at, 0, width)
}

/** Records of an extended header for what does not fit into a plain one. */
function listLongNames(path: string, to: string): string[] {
  return [
    ['path', path],
    ['linkpath', to],
  ].flatMap(([name = '', value = '']) =>
    Buffer.byteLength(value) > 100 ? [writeRecord(name, value)] : [],
  )
}

/** A record begins with its own length, of which the digits are a part. */
function writeRecord(name: string, value: string): string {
  const rest = ` ${name}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  let length = bytes + `${bytes}`.length
  length = bytes + `${length}`.length
  return `${length}${rest}`
}

function* pad(content: Uint8Array): Generator<Uint8Array> {
  if (content.length === 0) return
  yield content
  const rest = content.length % block
  if (rest > 0) yield Buffer.alloc(block - rest)
}
