/**
 * The target that a browser requested from a proxy, read so strictly that the proxy, the app and this file understand it in the
 * same sense. Owns which paths are refused and which are ambiguous; knows no app and no rule.
 */

export interface RequestTarget {
  /** In lower case, without a default port. */
  readonly origin: string
  /** As received, without the query; begins with a slash. */
  readonly path: string
  /** As received, with its question mark; empty: no query. */
  readonly query: string
  /**
   * Decoded, in lower case, and without what some file systems and frameworks ignore: dots and spaces at the end of names, and
   * characters that nobody sees.
   */
  readonly plainPath: string
  /**
   * Servers interpret such a path differently: it has encoded, double or full-width slashes, parameters, double encoding, an
   * encoded `?` or `#`, or a stream of NTFS.
   */
  readonly isAmbiguous: boolean
}

/** The request as a proxy describes it, each part unchanged. */
export interface ForwardedRequest {
  readonly scheme: string
  readonly host: string
  /** The path and query of the request. */
  readonly uri: string
}

/** `undefined`: no browser sends this, so the request is refused. */
export function readTarget({ scheme, host, uri }: ForwardedRequest): RequestTarget | undefined {
  const origin = readOrigin(`${scheme}://${host}`)
  if (origin === undefined) return undefined
  const mark = uri.indexOf('?')
  const path = mark === -1 ? uri : uri.slice(0, mark)
  const query = mark === -1 ? '' : uri.slice(mark)
  if (!allowedPath.test(path) || !allowedQuery.test(query) || dotSegment.test(path)) {
    return undefined
  }
  // Most paths need no further checks.
  if (simplePath.test(path) && !path.includes(':$')) {
    return { origin, path, query, plainPath: path.toLowerCase(), isAmbiguous: false }
  }
  const decoded = decode(path)?.normalize('NFKC')
  const isAmbiguous = decoded === undefined || ambiguous.test(path) || hasHiddenSigns(path, decoded)
  return { origin, path, query, plainPath: plain(decoded ?? path), isAmbiguous }
}

/** Printable ASCII without a backslash or a fragment. Every encoding is complete and is no control character or backslash. */
const allowedPath = /^\/(?:[\x21\x22\x24\x26-\x5b\x5d-\x7e]|%(?!0|1|7f|5c)[0-9a-f]{2})*$/i
const allowedQuery = /^(?:\?[\x21\x22\x24-\x7e]*)?$/
/** `.` and `..`, also encoded or with parameters that some servers cut off. Browsers resolve them before they send a request. */
const dotSegment = /(?:\/|%2f)(?:\.|%2e){1,2}(?:;[^/]*)?(?:\/|%2f|$)/i
const simplePath = /^(?:\/[\w.~!$&'()*+,=:@-]*[\w~!$&'()*+,=:@-])*\/?$/
/** For a server on Windows, `/admin::$INDEX_ALLOCATION` is the folder `/admin`. */
const ambiguous = /\/\/|;|%2f|%25|%3b|%3f|%23|(?::|%3a)(?:\$|%24)/i

/** Whether the decoded path has slashes, dots or other signs that the path has only in another form, such as full-width ones. */
function hasHiddenSigns(path: string, decoded: string): boolean {
  const hasSlash = decoded.split('/').length !== path.split('/').length
  return hasSlash || dotSegment.test(decoded) || /[\\;%?#]|:\$/.test(decoded)
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** By way of capitals, because `ı` and `i` have the same one. */
function plain(path: string): string {
  const seen = path.replace(/\p{Default_Ignorable_Code_Point}+/gu, '')
  return seen.toUpperCase().toLowerCase().split('/').map(trimEnd).join('/')
}

/** Removes dots and spaces at the end. A pattern would scan each run of them again and again. */
function trimEnd(name: string): string {
  let end = name.length
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end -= 1
  return name.slice(0, end)
}

const hostPattern = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/** An entry for each host of an app, and for made-up hosts. */
const knownOrigins = new Map<string, string | undefined>()
const mostOrigins = 1000

function readOrigin(text: string): string | undefined {
  if (knownOrigins.has(text)) return knownOrigins.get(text)
  const origin = hostPattern.test(text) ? URL.parse(text)?.origin : undefined
  if (knownOrigins.size >= mostOrigins) knownOrigins.clear()
  knownOrigins.set(text, origin)
  return origin
}
