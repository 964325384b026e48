/**
 * Cuts JSON of any size and any layout into the objects that are records: those of the list at its top, those of `users` in
 * the object at its top (as Keycloak exports a realm), or else each object at its top. Owns where an object begins and ends;
 * does not know what is in it.
 */
import { maxRecordBytes, type Unreadable } from './record.ts'

export interface JsonObject {
  readonly type: 'object'
  /** The line at which it begins. */
  readonly line: number
  readonly bytes: Buffer
  /** In the list `users` of another object. */
  readonly isUser: boolean
}

const [quote, backslash, colon, comma, lineFeed] = [0x22, 0x5c, 0x3a, 0x2c, 0x0a]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

export async function* cutObjects(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<JsonObject | Unreadable> {
  const cutter = createCutter()
  for await (const chunk of chunks) {
    yield* cutter.cut(chunk)
    if (cutter.isBroken()) return
  }
  yield* cutter.end()
}

/** What a byte means for the records. */
type Event =
  /** A record begins with it. */
  | 'begin'
  /** The open record ends with it. */
  | 'end'
  /** What begins with it stands where only a record may be. */
  | 'misplaced'
  /** It closes what was not opened. */
  | 'unopened'

function createCutter() {
  const scanner = createScanner()
  /** The bytes of the open record so far. */
  let record: { readonly line: number; parts: Buffer[]; size: number } | undefined
  let isBroken = false

  const breakOff = (reason: string): Unreadable => {
    isBroken = true
    return { type: 'unreadable', line: scanner.line(), reason, endsFile: true }
  }

  function begin(at: number): number {
    record = { line: scanner.line(), parts: [], size: 0 }
    return at
  }

  function keep(bytes: Buffer): void {
    if (record === undefined) return
    record.size += bytes.length
    if (record.size > maxRecordBytes) record.parts = []
    else record.parts.push(bytes)
  }

  function close(last: Buffer): JsonObject | Unreadable {
    keep(last)
    const { line, parts, size } = record ?? { line: scanner.line(), parts: [], size: 0 }
    record = undefined
    if (size > maxRecordBytes)
      return { type: 'unreadable', line, reason: `it is longer than ${maxRecordBytes} bytes` }
    return { type: 'object', line, bytes: Buffer.concat(parts), isUser: scanner.isUser() }
  }

  function refuse(event: 'misplaced' | 'unopened'): Unreadable {
    if (event === 'unopened')
      return breakOff('it is no JSON: a bracket is closed that was not opened')
    const reason = 'it is no JSON object'
    // In a list, the next value may be a record.
    return scanner.isInList()
      ? { type: 'unreadable', line: scanner.line(), reason }
      : breakOff(reason)
  }

  const settle = (event: Exclude<Event, 'begin'>, last: Buffer) =>
    event === 'end' ? close(last) : refuse(event)

  return {
    isBroken: () => isBroken,

    *cut(chunk: Buffer): Generator<JsonObject | Unreadable> {
      let from = 0
      for (const [at, byte] of chunk.entries()) {
        const event = scanner.step(byte)
        if (event === undefined) continue
        if (event === 'begin') from = begin(at)
        else yield settle(event, chunk.subarray(from, at + 1))
        if (isBroken) return
      }
      if (scanner.isOpen()) keep(chunk.subarray(from))
    },

    *end(): Generator<Unreadable> {
      if (!scanner.isComplete()) yield breakOff('the JSON ends before it is complete')
    },
  }
}

/** Follows brackets and texts, byte by byte. */
function createScanner() {
  let [line, depth] = [1, 0]
  let [inText, isEscaped] = [false, false]
  /** The depth of the list whose objects are records; `behind`: it is behind us. */
  let list: number | undefined
  /** At which depth the open record began. */
  let recordDepth: number | undefined
  /** In the object at the top: the last text, with its closing quotation mark and the colon. */
  let name = ''
  /** In a number or word where a record should be. */
  let isMisplaced = false

  const isBetween = () => recordDepth === undefined && depth === (list ?? 0)

  function readText(byte: number): undefined {
    if (depth === 1 && name.length < 20) name += String.fromCharCode(byte)
    if (isEscaped) isEscaped = false
    else if (byte === backslash) isEscaped = true
    else if (byte === quote) inText = false
  }

  function beginText(): Event | undefined {
    inText = true
    if (depth === 1) name = ''
    return isBetween() ? 'misplaced' : undefined
  }

  function openBracket(byte: number): Event | undefined {
    const wasBetween = isBetween()
    depth += 1
    if (byte === openObject && wasBetween) {
      recordDepth = depth
      return 'begin'
    }
    if (byte === openObject) return undefined
    if (depth === 2 && list === undefined && name === 'users":') {
      list = 2
      recordDepth = undefined
    } else if (depth === 1) list = 1
    else if (wasBetween) return 'misplaced'
    return undefined
  }

  function closeBracket(): Event | undefined {
    const isEnd = recordDepth === depth
    if (isEnd) recordDepth = undefined
    depth -= 1
    if (depth < 0) return 'unopened'
    if (depth === 0) list = isEnd ? list : undefined
    else if (list !== undefined && depth < list) list = behind
    return isEnd ? 'end' : undefined
  }

  function readOther(byte: number): Event | undefined {
    if (byte === colon && depth === 1) name += ':'
    if (isBlank(byte) || byte === comma) isMisplaced = false
    else if (isBetween() && !isMisplaced) {
      isMisplaced = true
      return 'misplaced'
    }
    return undefined
  }

  return {
    line: () => line,
    isOpen: () => recordDepth !== undefined,
    isUser: () => list === 2,
    isInList: () => list !== undefined,
    isComplete: () => depth === 0 && !inText,

    step(byte: number): Event | undefined {
      if (byte === lineFeed) line += 1
      if (inText) return readText(byte)
      if (byte === quote) return beginText()
      if (byte === openList || byte === openObject) return openBracket(byte)
      if (byte === closeList || byte === closeObject) return closeBracket()
      return readOther(byte)
    },
  }
}

/** No object has this depth. */
const behind = Number.POSITIVE_INFINITY
