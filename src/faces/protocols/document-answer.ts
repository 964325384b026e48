/** How documents are sent to apps and browsers: as a form that submits itself to an app, or as a file. */
import type { ServerResponse } from 'node:http'
import { type ProtocolRequest, sendPage } from './answer.ts'
import type { FormPost } from './pages.ts'
import type { ProtocolHost } from './protocol.ts'

/**
 * Sends a page with a form that submits itself.
 * @param headers replace those that every page has
 */
export function sendFormPost(
  { pages }: Pick<ProtocolHost, 'pages'>,
  req: ProtocolRequest,
  res: ServerResponse,
  form: FormPost & { readonly headers?: Readonly<Record<string, string>> },
): void {
  const { headers, ...parts } = form
  const page = pages.renderFormPost(req, parts)
  // As with a redirect: a window that an app opened for the login keeps its opener.
  const { 'cross-origin-opener-policy': _, ...common } = page.headers
  sendPage(res, { ...page, headers: { ...common, ...headers } })
}

/** The headers of a public XML file, which clients may fetch again at any time. */
export const describeXml = (type: string): Record<string, string> => ({
  'content-type': `${type}; charset=utf-8`,
  'x-content-type-options': 'nosniff',
})
