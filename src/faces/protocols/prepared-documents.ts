/**
 * Documents of ours that apps read often and that change only with the signing keys: each is made once, also in its compressed
 * forms, and sent as bytes. Owns when a document is made anew, and the answer to who has it already (RFC 9110, 13.1.2).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Prepared, pickPrepared, prepareBytes } from '../../platform/http/encodings.ts'

export interface PreparedDocuments {
  /** `undefined`: the document was not made with these keys. */
  find(name: string, keys: object): Prepared | undefined
  make(name: string, keys: object, text: string): Prepared
}

/** Documents of single apps too; the oldest is made again when it is needed. */
const most = 1000

export function createPreparedDocuments(): PreparedDocuments {
  const made = new Map<string, { readonly keys: object; readonly document: Prepared }>()
  return {
    find(name, keys) {
      const found = made.get(name)
      return found?.keys === keys ? found.document : undefined
    },
    make(name, keys, text) {
      const document = prepareBytes(Buffer.from(text))
      made.delete(name)
      made.set(name, { keys, document })
      const [oldest] = made.keys()
      if (made.size > most && oldest !== undefined) made.delete(oldest)
      return document
    },
  }
}

/** @param headers names in lower case; `vary` gets what the compression adds */
export function sendDocument(
  req: IncomingMessage,
  res: ServerResponse,
  document: Prepared,
  headers: Readonly<Record<string, string>>,
): void {
  const accepted = req.headers['accept-encoding']
  const encoded = pickPrepared(document, typeof accepted === 'string' ? accepted : undefined)
  const body = encoded?.bytes ?? document.plain
  const tag = `"${document.tag}${encoded === undefined ? '' : `-${encoded.encoding}`}"`
  const common: Record<string, string> = {
    ...headers,
    // A cache asks each time whether it has changed: a key may be withdrawn at any time.
    'cache-control': 'public, no-cache',
    etag: tag,
    vary: [headers.vary, 'Accept-Encoding'].filter((one) => one !== undefined).join(', '),
  }
  req.resume()
  if (hasTag(req.headers['if-none-match'], document.tag)) {
    const { 'content-type': _, ...unchanged } = common
    res.writeHead(304, unchanged).end()
    return
  }
  res.writeHead(200, {
    ...common,
    ...(encoded && { 'content-encoding': encoded.encoding }),
    'content-length': body.length,
  })
  res.end(req.method === 'HEAD' ? undefined : body)
}

/** Any form of the document is as good as the one that would be sent. */
function hasTag(asked: string | undefined, tag: string): boolean {
  if (asked === undefined) return false
  return asked.split(',').some((one) => one.trim().replace(/^W\//, '').startsWith(`"${tag}`))
}
