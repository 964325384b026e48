/** Makes text from outside safe to store: no longer than wanted, and unable to forge lines or turn the reading direction. */

/** The first `limit` code points. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text
  return Array.from(text.slice(0, limit * 2))
    .slice(0, limit)
    .join('')
}

/** What came in a request, for the log: at most 200 characters of it. */
export function quoteReceived(text: string): string {
  return escapeControls(cutText(text, 200))
}

/** Control, format and separator characters written out (`\u000a`), lone surrogates replaced. */
export function escapeControls(text: string): string {
  // Nearly every text passes this test, and looking for what Unicode calls a control costs ten times as much.
  if (/^[\x20-\x7e]*$/.test(text)) return text
  return text
    .toWellFormed()
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    )
}

/** How many code points `text` has: about what a person sees as characters. */
export function countCodePoints(text: string): number {
  return Array.from(text).length
}

/**
 * A text as one word of a POSIX shell, for commands that a person copies: names may have blanks and `$`.
 *
 *     quoteWord('erika')      // erika
 *     quoteWord('a; rm b')    // 'a; rm b'
 */
export function quoteWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
