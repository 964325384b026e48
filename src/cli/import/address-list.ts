/** A list of `otpauth://` addresses, one on each line. */
import { readLines } from './lines.ts'
import { decodeText, maxRecordBytes, notUtf8, type RecordReading } from './record.ts'

export async function* readAddressList(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<RecordReading> {
  for await (const { number: line, bytes } of readLines(chunks)) {
    if (bytes === undefined) {
      const reason = `the line is longer than ${maxRecordBytes} bytes`
      yield { type: 'unreadable', line, reason, endsFile: true }
      return
    }
    const text = decodeText(bytes)?.trim()
    if (text === '') continue
    if (text === undefined) yield { type: 'unreadable', line, reason: notUtf8 }
    else if (!text.startsWith('otpauth://'))
      yield { type: 'unreadable', line, reason: 'it is no otpauth address' }
    else
      yield {
        type: 'record',
        line,
        fields: new Map([['otpauth', { name: 'otpauth', values: [text] }]]),
      }
  }
}
