/** Text of PowerShell. Owns that a value can never become part of the script. */

/** A PowerShell literal. Throws for a control character, which no value of ours contains. */
export function quote(value: string): string {
  if (/\p{Cc}/u.test(value)) throw new Error('a value for a script has a control character')
  // PowerShell treats typographic single quotes as plain ones.
  return `'${value.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`
}

export const quoteList = (values: readonly string[]): string => values.map(quote).join(', ')

/** Comment lines of at most 110 characters. */
export function comment(...paragraphs: readonly string[]): string {
  return paragraphs
    .flatMap((paragraph) => paragraph.match(/.{1,108}(?:\s|$)/g) ?? [''])
    .map((line) => `# ${line.trimEnd()}`.trimEnd())
    .join('\n')
}
