/** Reads a file of any size as lines. Owns where a line ends (LF or CRLF) and how long it may be. */
import { maxRecordBytes } from './record.ts'

export interface Line {
  /** From 1. */
  readonly number: number
  /** Without the line end; `undefined`: the line is longer than a record may be, and no further lines follow. */
  readonly bytes: Buffer | undefined
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const read = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let end = read.indexOf(lineFeed); end >= 0; end = read.indexOf(lineFeed, from)) {
      number += 1
      yield { number, bytes: trimLine(read.subarray(from, end)) }
      from = end + 1
    }
    rest = read.subarray(from)
    if (rest.length > maxRecordBytes) {
      yield { number: number + 1, bytes: undefined }
      return
    }
  }
  if (rest.length > 0) yield { number: number + 1, bytes: trimLine(rest) }
}

function trimLine(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line
}
