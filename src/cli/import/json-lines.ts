/** JSON lines: one object on each line. A list gives several values; a member of an inner object is named `name.member`. */
import { readLines } from './lines.ts'
import {
  addValue,
  decodeText,
  maxRecordBytes,
  type NewFields,
  notUtf8,
  type RecordReading,
  type Unreadable,
} from './record.ts'

export async function* readJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<RecordReading> {
  for await (const { number: line, bytes } of readLines(chunks)) {
    if (bytes === undefined) {
      const reason = `the line is longer than ${maxRecordBytes} bytes`
      yield { type: 'unreadable', line, reason, endsFile: true }
      return
    }
    const text = decodeText(bytes)
    if (text === undefined) yield { type: 'unreadable', line, reason: notUtf8 }
    else if (text.trim() !== '') yield readLine(line, text)
  }
}

function readLine(line: number, text: string): RecordReading {
  const value = parseJson(text)
  if (isObject(value)) return readObject(line, value)
  return { type: 'unreadable', line, reason: 'it is no JSON object' }
}

export function readObject(line: number, value: Readonly<Record<string, unknown>>): RecordReading {
  const unreadable = (reason: string): Unreadable => ({ type: 'unreadable', line, reason })
  const fields: NewFields = new Map()
  const wrong = collect(fields, '', value)
  return wrong === undefined ? { type: 'record', line, fields } : unreadable(wrong)
}

/** `undefined`: it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Collects the values of the object. Returns why it cannot be imported; `undefined`: it can. */
function collect(
  fields: NewFields,
  prefix: string,
  value: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [name, given] of Object.entries(value)) {
    const path = `${prefix}${name}`
    const wrong = fields.has(path.toLowerCase())
      ? 'a name is in it twice'
      : collectValue(fields, path, given)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function collectValue(fields: NewFields, path: string, given: unknown): string | undefined {
  if (isObject(given))
    return path.includes('.') ? 'objects are nested too deeply' : collect(fields, `${path}.`, given)
  for (const one of Array.isArray(given) ? given : [given]) {
    if (one === null) continue
    if (typeof one === 'object') return 'a list has something other than texts'
    if (!addValue(fields, path, String(one))) return 'it has too many values'
  }
  return undefined
}
