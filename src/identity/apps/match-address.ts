/**
 * Whether an address that came with a request is one of an app: where a login or a logout ends, where an answer is posted,
 * where a proxied site is returned to. The only place where such addresses are compared; every protocol asks it. An address
 * is compared as a whole, character by character: never by a prefix, by a pattern, or after decoding.
 *
 *   const target = matchAddress(settings.redirectUris, query.redirect_uri)
 *   if (target === undefined) return showError('invalid_redirect_uri')
 *   redirect(target)
 */

export interface MatchOptions {
  /** For native apps, which listen where there is room: http on a loopback host with any port (RFC 8252 section 7.3). */
  readonly isAnyLoopbackPort?: boolean
}

/** The address to send the browser to; undefined: it is not registered. `asked` is what the request said. */
export function matchAddress(
  registered: readonly string[],
  asked: unknown,
  { isAnyLoopbackPort = false }: MatchOptions = {},
): string | undefined {
  if (typeof asked !== 'string' || asked === '') return undefined
  if (registered.includes(asked)) return asked
  if (!isAnyLoopbackPort) return undefined
  const portless = withoutLoopbackPort(asked)
  if (portless === undefined) return undefined
  return registered.some((one) => withoutLoopbackPort(one) === portless) ? asked : undefined
}

const loopbackAddress =
  /^http:\/\/(?<host>127\.0\.0\.1|\[::1\]|localhost)(?::(?<port>[1-9]\d{0,4}))?(?<rest>\/[\x21-\x7e]*)?$/

function withoutLoopbackPort(address: string): string | undefined {
  const { host, port = '80', rest = '' } = loopbackAddress.exec(address)?.groups ?? {}
  if (host === undefined || Number(port) > 65_535) return undefined
  return `http://${host}${rest}`
}

/**
 * The same for a page that may be anywhere below an address of the app, such as the page of a proxied site that asked for
 * the login. `registered` end with a slash. Gives the address as it was parsed, so that the browser goes where was looked.
 */
export function matchAddressBelow(
  registered: readonly string[],
  asked: unknown,
): string | undefined {
  if (typeof asked !== 'string' || asked.length > longest || !isPlain(asked)) return undefined
  const url = URL.parse(asked)
  // What parsing changes is read differently elsewhere: another case, a default port, dots in the path.
  if (url === null || url.href !== asked) return undefined
  return registered.some((one) => one.endsWith('/') && asked.startsWith(one)) ? url.href : undefined
}

const longest = 4096

/**
 * Printable ASCII that no two programs read differently: no backslash, which browsers take for a slash; no user name; no
 * fragment; in the path no empty segment, no parameters of one (`..;/`), no encoded dot, slash, backslash, percent sign or
 * control character, and nothing that is no UTF-8.
 */
function isPlain(address: string): boolean {
  const [beforeQuery = ''] = address.split('?', 1)
  if (!/^[\x21-\x7e]+$/.test(address) || /[\\#]/.test(address)) return false
  if (/@|;|[^:]\/\/|%(?:2e|2f|5c|25|7f|[01][\da-f])/i.test(beforeQuery)) return false
  return canBeDecoded(beforeQuery)
}

function canBeDecoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
