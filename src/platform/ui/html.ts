/** HTML that is known to be escaped. The only way to make it is the tag, which escapes every value that is not Html. */
import { html as tag } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

export type Html = HtmlEscapedString

type Value = Html | string | number | boolean | null | undefined | readonly Value[]

/** `html\`<p>${text}</p>\``. Nothing for `undefined`, `null` and `false`; lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const result = tag(strings, ...values)
  if (result instanceof Promise) throw new TypeError('a page holds no promises')
  return result
}

export { raw as trustedHtml } from 'hono/html'
