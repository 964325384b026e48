/**
 * HTML that is known to be escaped. Only two functions make it: the tag, which escapes every value that is not Html, and
 * `trustedHtml`, for text that no person and no app has written.
 */

/** The only class of Html: an object with the same shape is escaped. */
class SafeText {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

export type Html = SafeText

type Value = Html | string | number | boolean | null | undefined | readonly Value[]

/**
 * Writes nothing for `undefined`, `null` and booleans; joins lists.
 *
 *     html`<p>${'a < b'}</p>`.toString() // <p>a &lt; b</p>
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = strings[0] ?? ''
  for (let index = 0; index < values.length; index++) {
    text += writeValue(values[index]) + (strings[index + 1] ?? '')
  }
  return new SafeText(text)
}

/** Text that is HTML already and is not escaped. Only for constants and for text that this repository produces. */
export function trustedHtml(text: string): Html {
  return new SafeText(text)
}

function writeValue(value: Value): string {
  if (value instanceof SafeText) return value.toString()
  if (typeof value === 'string') return escapeHtml(value)
  if (Array.isArray(value)) return value.map(writeValue).join('')
  if (value === null || value === undefined || typeof value === 'boolean') return ''
  return escapeHtml(String(value))
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => escapes[letter] ?? '')
}
