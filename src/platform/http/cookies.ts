/**
 * The four cookies of Einlass and how they are written. Owns names and attributes (RFC 6265bis); does not own what a
 * token means. Over https the names carry `__Host-`, so that no sibling host can plant them.
 */

/** `browser` is one visit's secret; `device` says who has logged in here before. */
export type CookieName = 'session' | 'browser' | 'device' | 'language'

export interface Cookies {
  /** The value in a `Cookie` header. A name that appears twice was planted by someone: neither counts. */
  read(header: string | undefined, name: CookieName): string | undefined
  /** A `Set-Cookie` value. Device and language are kept for a year, the others until the browser is closed. */
  set(name: CookieName, value: string): string
  /** A `Set-Cookie` value that takes the cookie away. */
  clear(name: CookieName): string
}

const year = 365 * 24 * 60 * 60

export function createCookies({ secure }: { readonly secure: boolean }): Cookies {
  const prefix = secure ? '__Host-einlass_' : 'einlass_'
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  return {
    read(header, name) {
      const start = `${prefix}${name}=`
      // Of four names most requests bring one or two.
      if (header === undefined || !header.includes(start)) return undefined
      const found = header.split(/; */).filter((pair) => pair.startsWith(start))
      const value = found.length === 1 ? found[0]?.slice(start.length) : undefined
      return value !== undefined && /^[\w-]{1,128}$/.test(value) ? value : undefined
    },
    set(name, value) {
      const age = name === 'device' || name === 'language' ? `; Max-Age=${year}` : ''
      return `${prefix}${name}=${value}${attributes}${age}`
    },
    clear(name) {
      return `${prefix}${name}=${attributes}; Max-Age=0`
    },
  }
}
