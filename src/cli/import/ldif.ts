/**
 * LDIF (RFC 2849) as `ldapsearch` and the exports of directories write it: folded lines, comments, base64. Reads entries,
 * refuses change records, and opens no address that a value names.
 */
import { readLines } from './lines.ts'
import {
  addValue,
  decodeText,
  maxRecordBytes,
  type NewFields,
  notUtf8,
  type RecordReading,
} from './record.ts'

/** An entry as far as it has been read. */
interface Entry {
  readonly line: number
  readonly fields: NewFields
  /** The pieces of the current line, which the next line may continue. */
  open: Buffer[]
  /** Size of the values collected so far. */
  bytes: number
  /** Why the entry cannot be imported; the rest of it is skipped. */
  wrong?: string
}

export async function* readLdif(chunks: AsyncIterable<Buffer>): AsyncGenerator<RecordReading> {
  let entry: Entry | undefined
  for await (const { number, bytes } of readLines(chunks)) {
    if (bytes === undefined) {
      const reason = `a line is longer than ${maxRecordBytes} bytes`
      yield { type: 'unreadable', line: number, reason, endsFile: true }
      return
    }
    if (bytes.length > 0) {
      entry ??= { line: number, fields: new Map(), open: [], bytes: 0 }
      addLine(entry, bytes)
    } else if (entry !== undefined) {
      yield* closeEntry(entry)
      entry = undefined
    }
  }
  if (entry !== undefined) yield* closeEntry(entry)
}

const space = 0x20
const hash = 0x23

/** A line that begins with a blank continues the line before it, also a comment. */
function addLine(entry: Entry, bytes: Buffer): void {
  if (entry.wrong !== undefined) return
  const isFolded = bytes[0] === space && entry.open.length > 0
  if (!isFolded) closeLine(entry)
  entry.open.push(isFolded ? bytes.subarray(1) : bytes)
  entry.bytes += bytes.length
  if (entry.bytes > maxRecordBytes) entry.wrong = `it is longer than ${maxRecordBytes} bytes`
}

function closeLine(entry: Entry): void {
  const [first, ...more] = entry.open
  entry.open = []
  if (first === undefined || first[0] === hash) return
  const line = more.length === 0 ? first : Buffer.concat([first, ...more])
  const reading = readValue(line)
  const wrong = typeof reading === 'string' ? reading : explainValue(entry.fields, reading)
  if (wrong !== undefined) entry.wrong = wrong
  // Only groups have so many values: their members. No value of a person comes near the limit.
  else if (!addValue(entry.fields, reading[0], reading[1])) entry.bytes -= line.length
}

/** Yields nothing for a block that has only the version of the format, or comments. */
function* closeEntry(entry: Entry): Generator<RecordReading> {
  if (entry.wrong === undefined) closeLine(entry)
  const { line, fields, wrong } = entry
  if (wrong !== undefined) return yield { type: 'unreadable', line, reason: wrong }
  const isEmpty = [...fields.keys()].every((key) => key === 'version')
  if (!isEmpty) yield { type: 'record', line, fields }
}

/** Why the value cannot be imported. */
function explainValue(fields: NewFields, [name, value]: readonly [string, string]) {
  const key = name.toLowerCase()
  if (key === 'version') return undefined
  if (key !== 'dn' && !fields.has('dn')) return 'its first line is not dn'
  if (key === 'changetype' && value.toLowerCase() !== 'add')
    return 'it is a change, and only entries are imported'
  return undefined
}

/**
 * Name and value, or why the line cannot be read. A value that is no text, such as a photo, becomes empty, as it is not
 * imported.
 */
function readValue(line: Buffer): readonly [string, string] | string {
  const match = /^([A-Za-z0-9][\w.;-]*):([:<]?) */.exec(line.subarray(0, 300).toString('latin1'))
  if (match === null) return 'a line is not NAME: VALUE'
  const [start, name = '', mark] = match
  const rest = line.subarray(start.length)
  if (mark === '<') return 'a value is in another file, which is not opened'
  if (mark === '') {
    const text = decodeText(rest)
    return text === undefined ? notUtf8 : [name, text]
  }
  const coded = rest.toString('latin1').trim()
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(coded) || coded.length % 4 !== 0)
    return 'a value is not the base64 that it says it is'
  return [name, decodeText(Buffer.from(coded, 'base64')) ?? '']
}
