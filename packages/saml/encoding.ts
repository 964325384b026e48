/** Bytes as text, read strictly. */
import { isUtf8 } from 'node:buffer'
import { Refusal, type RefusalReason } from './refusal.ts'

/** Of a message, packed and unpacked. */
export const maxMessageBytes = 64 * 1024

/** Base64 with line breaks and spaces, as XML allows it. Throws Refusal for everything else that is not canonical. */
export function decodeBase64(text: string, reason: RefusalReason = 'bad_encoding'): Buffer {
  const packed = text.replace(/[\t\n\r ]/g, '')
  const bytes = Buffer.from(packed, 'base64')
  if (bytes.toString('base64') !== packed) throw new Refusal(reason, 'not base64')
  return bytes
}

/** Throws Refusal `bad_encoding` or `too_large`. */
export function decodeUtf8(bytes: Buffer): string {
  if (bytes.length > maxMessageBytes) throw new Refusal('too_large', 'more than 64 KiB')
  if (!isUtf8(bytes)) throw new Refusal('bad_encoding', 'not UTF-8')
  return new TextDecoder().decode(bytes)
}
