/** The file of an import. Owns the choice of its format, and that it can be read twice: first to check it, then to write. */
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { unreadableText } from '../../platform/kernel/denied.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { RecordReading } from './record.ts'

export const formats = ['csv', 'ldif', 'jsonl', 'json', 'authelia', 'otpauth'] as const
export type Format = (typeof formats)[number]

export interface ImportFile {
  readonly name: string
  readonly format: Format
  /** Bytes. */
  readonly size: number
  /** Reads from the beginning each time. @param onRead gets the number of bytes read so far */
  read(onRead: (bytes: number) => void): AsyncGenerator<RecordReading>
  /** Whether the other file is the same, by its device and inode numbers. */
  isSame(other: { readonly dev: number; readonly ino: number }): boolean
  close(): void
}

/**
 * @param format as it was requested; absent: recognised from the beginning of the file
 * @throws Fault `bad_request` when the file cannot be read, or is not a regular file
 */
export function openImportFile(name: string, format: Format | undefined): ImportFile {
  const file = open(name)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile())
      throw new Fault(
        'bad_request',
        `${name} is no file. It is read twice, first to check it, so it cannot be a pipe.`,
      )
    const start = readStart(file)
    const found = format ?? findFormat(start.text)
    return {
      name,
      format: found,
      size: stats.size,
      async *read(onRead) {
        yield* await openReader(found, start.text, readChunks(file, start.markLength, onRead))
      },
      isSame: ({ dev, ino }) => dev === stats.dev && ino === stats.ino,
      close: () => closeSync(file),
    }
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function open(name: string): number {
  try {
    return openSync(name, 'r')
  } catch (cause) {
    throw new Fault('bad_request', `${name}: ${unreadableText(cause, name)}.`, { cause })
  }
}

const startLength = 64 * 1024

/** The beginning of the file. `markLength`: bytes of the byte order mark before it. */
function readStart(file: number): { readonly text: string; readonly markLength: number } {
  const buffer = Buffer.alloc(startLength)
  const start = buffer.subarray(0, readSync(file, buffer, 0, startLength, 0))
  const mark = start.subarray(0, 2).toString('hex')
  if (mark === 'fffe' || mark === 'feff')
    throw new Fault('bad_request', 'The file is UTF-16. Save it as UTF-8.')
  const markLength = start.subarray(0, 3).toString('hex') === 'efbbbf' ? 3 : 0
  return { text: start.subarray(markLength).toString('utf8'), markLength }
}

function findFormat(start: string): Format {
  const text = start.trimStart()
  if (text.startsWith('[')) return 'json'
  if (text.startsWith('{')) return isJsonLines(text) ? 'jsonl' : 'json'
  if (/^(?:#.*\n|---.*\n|\s)*users: *(?:#.*)?\r?\n/.test(text)) return 'authelia'
  if (/^otpauth(-migration)?:/.test(text)) return 'otpauth'
  return /^(#.*\n|\s)*(version|dn)::? ?/i.test(text) ? 'ldif' : 'csv'
}

/** Whether the first line is an object of its own, and not the beginning or the whole of a realm of Keycloak. */
function isJsonLines(text: string): boolean {
  const [first = ''] = text.split('\n', 1)
  if (/"users"\s*:\s*\[/.test(first)) return false
  return first.length === text.length ? !/^\{\s*"(?:id|realm)"/.test(first) : /\}\s*$/.test(first)
}

/** The most frequent delimiter in the header, outside of quotation marks. */
function findDelimiter(start: string): string {
  const header = (start.split('\n', 1)[0] ?? '').replaceAll(/"[^"]*"/g, '')
  const count = (one: string) => header.split(one).length
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best))
}

/** Loads the reader of a format only when a file has that format. */
async function openReader(format: Format, start: string, chunks: AsyncGenerator<Buffer>) {
  if (format === 'csv') return (await import('./csv.ts')).readCsv(chunks, findDelimiter(start))
  if (format === 'otpauth') return (await import('./address-list.ts')).readAddressList(chunks)
  if (format === 'ldif') return (await import('./ldif.ts')).readLdif(chunks)
  if (format === 'json') return (await import('./json-document.ts')).readJsonDocument(chunks)
  if (format === 'authelia') return (await import('./authelia.ts')).readAuthelia(chunks)
  return (await import('./json-lines.ts')).readJsonLines(chunks)
}

const chunkLength = 256 * 1024

/** Between two chunks no read is running, so that the file can be closed there. */
async function* readChunks(
  file: number,
  markLength: number,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for (let at = markLength; ; ) {
    const buffer = Buffer.allocUnsafe(chunkLength)
    const { bytesRead } = await readAt(file, buffer, 0, chunkLength, at)
    if (bytesRead === 0) return
    at += bytesRead
    onRead(at)
    yield buffer.subarray(0, bytesRead)
  }
}

const readAt = promisify(read)
