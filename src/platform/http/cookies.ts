/**
 * The cookies of Einlass and how they are written. Owns names and attributes (RFC 6265bis); does not own what a
 * token means. Over https the names carry `__Host-`, so that no sibling host can plant them.
 */

/**
 * `browser` is the secret of a browser until it is closed.
 * `asked_language` is what an app asks for, for people who have not chosen a language.
 * `device` says who has logged in here before.
 * `refusal` is what the next page says of a refused answer or of a cancelled login.
 * `name` is the user name that a person wanted to be remembered.
 * `method` is `other` after a login without a password.
 * `ended` names the session that the browser has just logged out of.
 * `place` says since when a person waits who was told to come back later.
 * `wait` is asked for by the script `again`, which reads from it how long to wait.
 * `reset`, `not_me` and `setup` are the tokens of opened links, so that no address and no page has them.
 * `ticket_tried` says that the browser was asked for a ticket a moment ago.
 * `ticket_off` says that its user has logged out since the last ticket.
 */
export type CookieName =
  | 'session'
  | 'browser'
  | 'device'
  | 'language'
  | 'asked_language'
  | 'refusal'
  | 'name'
  | 'method'
  | 'ended'
  | 'place'
  | 'wait'
  | 'reset'
  | 'invitation'
  | 'not_me'
  | 'setup'
  | 'ticket_tried'
  | 'ticket_off'

export interface Cookies {
  /** The value in a `Cookie` header. If a name appears twice, one of them was planted: both are ignored. */
  read(header: string | undefined, name: CookieName): string | undefined
  /**
   * A `Set-Cookie` value. The cookie lasts a year for `device`, `language`, `name`, `method` and `ticket_off`; a minute for
   * `refusal` and `wait`; two minutes for `ended`; ten for `place` and `ticket_tried`; 30 for the tokens of links. The others last until the
   * browser is closed.
   */
  set(name: CookieName, value: string): string
  /** A `Set-Cookie` value that removes the cookie. */
  clear(name: CookieName): string
}

/** Seconds. */
const year = 365 * 24 * 60 * 60
const ages: Partial<Record<CookieName, number>> = {
  device: year,
  language: year,
  name: year,
  method: year,
  refusal: 60,
  ended: 120,
  place: 10 * 60,
  wait: 60,
  reset: 30 * 60,
  invitation: 30 * 60,
  not_me: 30 * 60,
  setup: 30 * 60,
  ticket_tried: 10 * 60,
  ticket_off: year,
}
/** Browsers keep 4096 bytes of a cookie with its name and attributes. */
const longValue = /^[\w.-]{1,3600}$/
const plainValue = /^[\w-]{1,128}$/
/** The sealed cookies, and those of links, which hold several tokens. */
const longNames: ReadonlySet<CookieName> = new Set([
  'refusal',
  'name',
  'ended',
  'place',
  'reset',
  'invitation',
  'not_me',
  'setup',
])
/** The cookies that a script of a page reads. They hold no secret. */
const openNames: ReadonlySet<CookieName> = new Set(['wait'])

export function createCookies({ secure }: { readonly secure: boolean }): Cookies {
  const prefix = secure ? '__Host-einlass_' : 'einlass_'
  const writeAttributes = (name: CookieName) =>
    `; Path=/${openNames.has(name) ? '' : '; HttpOnly'}; SameSite=Lax${secure ? '; Secure' : ''}`
  return {
    read(header, name) {
      if (header === undefined) return undefined
      const start = `${prefix}${name}=`
      // Most requests bring only one or two of the cookies.
      if (!header.includes(start)) return undefined
      const found = header.split(/; */).filter((pair) => pair.startsWith(start))
      const value = found.length === 1 ? found[0]?.slice(start.length) : undefined
      const allowed = longNames.has(name) ? longValue : plainValue
      return value !== undefined && allowed.test(value) ? value : undefined
    },
    set(name, value) {
      const age = ages[name]
      const until = age === undefined ? '' : `; Max-Age=${age}`
      return `${prefix}${name}=${value}${writeAttributes(name)}${until}`
    },
    clear(name) {
      return `${prefix}${name}=${writeAttributes(name)}; Max-Age=0`
    },
  }
}
