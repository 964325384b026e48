/** Bytes as text, read strictly. */
import { isUtf8 } from 'node:buffer'
import { Refusal, type RefusalReason } from './refusal.ts'

/** The largest message, before and after decompression. */
export const maxMessageBytes = 64 * 1024

/** Decodes base64 with line breaks and spaces, which XML allows. Throws Refusal for any other non-canonical text. */
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
