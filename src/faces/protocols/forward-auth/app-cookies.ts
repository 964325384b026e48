/**
 * The cookies at the origin of an app: the cookie of the app, with which a check finds its grant; the secret of the browser
 * there, to which codes are bound; and a return address that is too long for a URL. Each cookie belongs to one host only.
 */

export interface AppCookies {
  /** The value in a `Cookie` header. If a name appears twice, another site planted one of the two: both are ignored. */
  read(header: string | undefined, name: string): string | undefined
  /** A `Set-Cookie` value. Without an age, the browser deletes the cookie when it is closed. */
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
  // Most browsers have only this cookie for a host, and then nothing must be parsed.
  if (header.startsWith(start) && !header.includes(';')) return readValue(header, start)
  const found = header.split(/; */).filter((pair) => pair.startsWith(start))
  const [pair] = found
  return pair !== undefined && found.length === 1 ? readValue(pair, start) : undefined
}

function readValue(pair: string, start: string): string | undefined {
  const text = pair.slice(start.length)
  return value.test(text) ? text : undefined
}
