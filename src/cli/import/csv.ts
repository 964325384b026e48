/**
 * CSV with a header: comma, semicolon or tab, quoted values with line breaks in them (RFC 4180). Owns rows and their line
 * numbers; csv-parse does the parsing.
 */
import { pipeline, Readable } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import {
  addValue,
  decodeText,
  maxRecordBytes,
  type NewFields,
  notUtf8,
  type RecordReading,
  type Unreadable,
} from './record.ts'

interface Row {
  readonly info: Info
  readonly record: readonly Buffer[]
}

export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  /** The delimiter of the first line. */
  delimiter: string,
): AsyncGenerator<RecordReading> {
  const parser = parse({
    // Values stay bytes, so that a value that is not UTF-8 is refused and not repaired.
    encoding: null,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRecordBytes,
  })
  const source = Readable.from(chunks, { objectMode: false })
  // An error of the source is thrown in the loop below.
  const rows: AsyncIterable<Row> = pipeline(source, parser, () => {})
  let names: readonly string[] | undefined
  let end = 0
  let doubledSoFar = 0
  try {
    for await (const { info, record } of rows) {
      const { lineBreaks, doubled } = countLineBreaks(record)
      doubledSoFar += doubled
      end = info.lines - doubledSoFar
      if (names !== undefined) {
        yield readRow(end - lineBreaks, names, record)
        continue
      }
      const header = readHeader(record)
      if (header.type === 'unreadable') return yield header
      names = header.names
    }
  } catch (error) {
    yield { type: 'unreadable', line: end + 1, reason: describeError(error), endsFile: true }
  }
}

type Header = { readonly type: 'header'; readonly names: readonly string[] } | Unreadable

function readHeader(record: readonly Buffer[]): Header {
  const ends = { type: 'unreadable', line: 1, endsFile: true } as const
  const names = record.map((cell) => decodeText(cell)?.trim())
  if (names.includes(undefined)) return { ...ends, reason: notUtf8 }
  const given = names.filter((name) => name !== undefined)
  if (new Set(given.map((name) => name.toLowerCase())).size < given.length)
    return { ...ends, reason: 'a column is in it twice' }
  return { type: 'header', names: given }
}

function readRow(line: number, names: readonly string[], record: readonly Buffer[]): RecordReading {
  if (record.length !== names.length) {
    const reason = `it has ${record.length} columns, and the header ${names.length}`
    return { type: 'unreadable', line, reason }
  }
  const fields: NewFields = new Map()
  for (const [index, cell] of record.entries()) {
    const text = decodeText(cell)
    if (text === undefined) return { type: 'unreadable', line, reason: notUtf8 }
    // An empty cell is ignored.
    if (text.trim() !== '') addValue(fields, names[index] ?? '', text)
  }
  return { type: 'record', line, fields }
}

/** `doubled`: the library takes each CRLF in quotation marks for two lines; this is their number. */
function countLineBreaks(record: readonly Buffer[]): { lineBreaks: number; doubled: number } {
  const text = record.filter((cell) => cell.includes('\n')).join(',')
  return { lineBreaks: text.split('\n').length - 1, doubled: text.split('\r\n').length - 1 }
}

/** The library's own message may contain a part of the file, so it is not used. */
function describeError(error: unknown): string {
  if (!(error instanceof CsvError)) throw error
  if (error.code === 'CSV_MAX_RECORD_SIZE') return `it is longer than ${maxRecordBytes} bytes`
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return 'a quotation mark is never closed'
  return 'it is no CSV: a quotation mark is where none may be'
}
