/** How a value that was typed is repeated in an answer: short, and never a certificate or a key. */

const begin = '-----BEGIN '

export const isPem = (text: string): boolean => text.trimStart().startsWith(begin)

/** In quotation marks. */
export function shortenTyped(text: string): string {
  if (text.includes(begin)) return `PEM of ${text.length} characters`
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 199)}…` : text)
}
