/**
 * The cookies at the origin of an app: that of the app, by which a check finds its grant; the secret of the browser there, to
 * which codes are bound; and an address to return to that is too long for an address. Each belongs to one host and no other.
 */

export interface AppCookies {
  /** The value in a `Cookie` header. A name that appears twice was planted by someone: neither counts. */
  read(header: string | undefined, name: string): string | undefined
  /** A `Set-Cookie` value. Without an age it is kept until the browser is closed. */
  set(name: string, value: string, age?: number): string
}

export const browserCookie = 'einlass_visitor'
export const returnCookie = 'einlass_return'

const value = /^[\w-]{1,3600}$/

/** Over https the names carry `__Host-` (RFC 6265bis), so that no sibling host can plant or read them. */
export function createAppCookies(origin: string): AppCookies {
  const isSecure = origin.startsWith('https:')
  const prefix = isSecure ? '__Host-' : ''
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
  return {
    read: (header, name) => readCookie(header, `${prefix}${name}=`),
    set: (name, text, age) =>
      `${prefix}${name}=${text}${attributes}${age === undefined ? '' : `; Max-Age=${age}`}`,
  }
}

function readCookie(header: string | undefined, start: string): string | undefined {
  if (header === undefined || !header.includes(start)) return undefined
  // Most browsers have this one cookie at a host, and nothing has to be taken apart for that.
  if (header.startsWith(start) && !header.includes(';')) return readValue(header, start)
  const found = header.split(/; */).filter((pair) => pair.startsWith(start))
  const [pair] = found
  return pair !== undefined && found.length === 1 ? readValue(pair, start) : undefined
}

function readValue(pair: string, start: string): string | undefined {
  const text = pair.slice(start.length)
  return value.test(text) ? text : undefined
}
