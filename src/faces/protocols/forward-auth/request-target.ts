/**
 * What a browser has asked a proxy for, read so strictly that the proxy, the app and this file mean the same by it. Owns
 * which paths are refused and which are ambiguous; knows no app and no rule.
 */

export interface RequestTarget {
  /** In lower case, without a default port. */
  readonly origin: string
  /** As it came, without a query; begins with a slash. */
  readonly path: string
  /** As it came, with its question mark; empty: none. */
  readonly query: string
  /** Decoded, in lower case, and as file systems read it that know no end of a name in dots or spaces. */
  readonly plainPath: string
  /** Servers disagree on where such a path leads: it has encoded or double slashes, parameters, or is encoded twice. */
  readonly isAmbiguous: boolean
}

/** What a proxy says of a request, each part as it came. */
export interface ForwardedRequest {
  readonly scheme: string
  readonly host: string
  /** The path and query of the request. */
  readonly uri: string
}

/** `undefined`: nothing that a browser sends, so the request is refused. */
export function readTarget({ scheme, host, uri }: ForwardedRequest): RequestTarget | undefined {
  const origin = readOrigin(`${scheme}://${host}`)
  if (origin === undefined) return undefined
  const mark = uri.indexOf('?')
  const path = mark === -1 ? uri : uri.slice(0, mark)
  const query = mark === -1 ? '' : uri.slice(mark)
  if (!allowedPath.test(path) || !allowedQuery.test(query) || dotSegment.test(path)) {
    return undefined
  }
  // Most paths have nothing that needs a second look.
  if (simplePath.test(path)) {
    return { origin, path, query, plainPath: path.toLowerCase(), isAmbiguous: false }
  }
  const decoded = decode(path)
  const isAmbiguous = decoded === undefined || ambiguous.test(path)
  return { origin, path, query, plainPath: plain(decoded ?? path), isAmbiguous }
}

/** Printable ASCII without a backslash or a fragment; what is encoded is complete, and no control character or backslash. */
const allowedPath = /^\/(?:[\x21\x22\x24\x26-\x5b\x5d-\x7e]|%(?!0|1|7f|5c)[0-9a-f]{2})*$/i
const allowedQuery = /^(?:\?[\x21\x22\x24-\x7e]*)?$/
/** `.` and `..`, also encoded and with the parameters that some servers cut off. Browsers resolve them before they ask. */
const dotSegment = /(?:\/|%2f)(?:\.|%2e){1,2}(?:;[^/]*)?(?:\/|%2f|$)/i
const simplePath = /^(?:\/[\w.~!$&'()*+,=:@-]*[\w~!$&'()*+,=:@-])*\/?$/
const ambiguous = /\/\/|;|%2f|%25|%3b/i

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function plain(path: string): string {
  return path.normalize('NFKC').toLowerCase().split('/').map(trimEnd).join('/')
}

/** Without dots and spaces at its end. Not by a pattern, which would look at each run of them again and again. */
function trimEnd(name: string): string {
  let end = name.length
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end -= 1
  return name.slice(0, end)
}

const hostPattern = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/** One for each host of an app, and those that strangers make up. */
const knownOrigins = new Map<string, string | undefined>()
const mostOrigins = 1000

function readOrigin(text: string): string | undefined {
  if (knownOrigins.has(text)) return knownOrigins.get(text)
  const origin = hostPattern.test(text) ? URL.parse(text)?.origin : undefined
  if (knownOrigins.size >= mostOrigins) knownOrigins.clear()
  knownOrigins.set(text, origin)
  return origin
}
