/** Text for the headers of a mail. */
import { cutText } from '../../../platform/kernel/text.ts'

/**
 * Makes a text safe for a header: without control, format and separator characters, and without text that mail programs
 * would decode into them (an encoded word of RFC 2047 begins with `=?`). Cuts it to the length that people read.
 */
export function cleanHeader(text: string): string {
  const plain = text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
  return cutText(plain.replaceAll('=?', '= ?'), 150).trim()
}
