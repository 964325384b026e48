/**
 * Whether an address in a request is registered for an app: where a login or a logout ends, where an answer is posted,
 * which proxied site the browser returns to. Every protocol compares such addresses here and nowhere else. An address is
 * compared as a whole, character by character: never by a prefix, by a pattern, or after decoding.
 *
 *   const target = matchAddress(settings.redirectUris, query.redirect_uri)
 *   if (target === undefined) return showError('invalid_redirect_uri')
 *   redirect(target)
 */

export interface MatchOptions {
  /** For native apps, which listen on any free port: http on a loopback host matches with any port (RFC 8252 section 7.3). */
  readonly isAnyLoopbackPort?: boolean
}

/** The address to send the browser to; undefined: it is not registered. `asked` is the address in the request. */
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

/**
 * The forms in which the same name of an app may be registered, the one that was asked for first: with its host in lower
 * case, and with and without a slash at the end of its path. Exchange builds its name from the address in the browser and
 * sends both. Only for names: where a token goes is always a registered address.
 */
export function listRealmForms(asked: string): readonly string[] {
  const [, origin = '', path = ''] = /^(https?:\/\/[^/?#@\\]+)(\/[^?#]*)?$/i.exec(asked) ?? []
  if (origin === '') return [asked]
  const name = `${origin.toLowerCase()}${path}`
  if (path === '' || path === '/') return [name]
  if (!name.endsWith('/')) return [name, `${name}/`]
  return name.endsWith('//') ? [name] : [name, name.slice(0, -1)]
}

/** The registered name of an app, in whatever form it was asked for; undefined: the app has no such name. */
export function matchRealm(registered: readonly string[], asked: string): string | undefined {
  return listRealmForms(asked).find((form) => registered.includes(form))
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
 * the login. The `registered` addresses end with a slash. Returns the parsed address, so that the browser goes to the
 * address that was checked.
 */
export function matchAddressBelow(
  registered: readonly string[],
  asked: unknown,
): string | undefined {
  if (typeof asked !== 'string' || asked.length > longest || !isPlain(asked)) return undefined
  const url = URL.parse(asked)
  // Other programs may read an address differently if parsing changes it: upper case, a default port, dots in the path.
  if (url === null || url.href !== asked) return undefined
  return registered.some((one) => one.endsWith('/') && asked.startsWith(one)) ? url.href : undefined
}

const longest = 4096

/**
 * Printable ASCII that all programs read alike: no backslash, which browsers take for a slash; no user name; no fragment.
 * The path has no empty segment, no segment parameters (`..;/`), no encoded dot, slash, backslash, percent sign or
 * control character, and no invalid UTF-8.
 */
function isPlain(address: string): boolean {
  const [beforeQuery = ''] = address.split('?', 1)
  if (!/^[\x21-\x7e]+$/.test(address) || /[\\#]/.test(address)) return false
  if (/^[^/]*\/\/[^/]*@|;|[^:]\/\/|%(?:2e|2f|5c|25|7f|[01][\da-f])/i.test(beforeQuery)) return false
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
