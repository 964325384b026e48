/** Text for the headers of a mail. */
import { cutText } from '../../../platform/kernel/text.ts'

/**
 * Fit for a header: no control, format or separator characters, and nothing that a reader would decode into some
 * (an encoded word of RFC 2047 begins with `=?`); no longer than a person reads.
 */
export function cleanHeader(text: string): string {
  const plain = text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
  return cutText(plain.replaceAll('=?', '= ?'), 150).trim()
}
