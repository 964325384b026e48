/**
 * Browsers in which a person has logged in before. Owns the content of their cookie and which counter of failed attempts
 * they use: each browser and person has its own, so guesses from elsewhere do not lock the person out here. A cookie
 * proves only an earlier login: the person still gives the password and the second factor. Stores nothing.
 *
 * Who knows one password can get any number of cookies, so two rules end a browser's own counter: its cookie is of
 * earlier credentials (another password, or disabled meanwhile), or there were `wrongPasswordLimit` wrong attempts in a
 * row in the person's browsers. Then all these browsers share one counter. It is not the counter of the name, so an
 * attacker who knows only the name cannot lock the person out.
 */
import { equalInConstantTime, hmac } from '../../platform/kernel/crypto.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'

/** Wrong attempts in a row in all known browsers of a person (NIST SP 800-63B-4, section 3.2.2). */
export const wrongPasswordLimit = 100

/** The key that a person's browsers share. */
export const createBrowsersKey = (userId: Id<'user'>): string => `browsers:${userId}`

export interface Credentials {
  readonly id: Id<'user'>
  readonly credentialVersion: number
}

export interface KnownPerson extends Credentials {
  /** Wrong attempts in a row under keys of single browsers. */
  readonly knownBrowserFailures: number
}

export interface BrowserKey {
  /** The key for the throttle. */
  readonly key: string
  /** Whether this browser alone has the key; otherwise the person's browsers share it. */
  readonly isOwn: boolean
}

export interface KnownBrowsers {
  /**
   * The key under which attempts at this person from the browser with this cookie are counted. `undefined`: the person
   * never logged in there. Costs two HMACs when there is a cookie.
   */
  keyFor(cookie: string | undefined, person: KnownPerson | undefined): BrowserKey | undefined
  /**
   * The cookie after a login of this person. It still names the other people of the browser; when it is full, those whose
   * login is longest ago leave it.
   */
  remember(cookie: string | undefined, person: Credentials): string
}

export interface KnownBrowsersOptions {
  readonly random: Random
  readonly key: Uint8Array
}

/** 16 bytes in base64url. A cookie is the browser's name, then a mark for each person. */
const partLength = 22
const bytesInPart = 16
/** A mark has two halves of 66 bits each: the first for the person, the second for their credentials. */
const halfLength = partLength / 2
const people = 4

export function createKnownBrowsers({ random, key }: KnownBrowsersOptions): KnownBrowsers {
  const hashPart = (...facts: readonly (string | number)[]) =>
    hmac(key, facts.join(' ')).slice(0, halfLength)
  const createMark = (browser: string, { id, credentialVersion }: Credentials) => ({
    person: hashPart(browser, id),
    credentials: hashPart(browser, id, credentialVersion),
  })

  return {
    keyFor(cookie, person) {
      const [browser, ...marks] = splitCookie(cookie)
      if (browser === undefined || person === undefined) return undefined
      const expected = createMark(browser, person)
      const mark = marks.find((one) => equalInConstantTime(firstHalf(one), expected.person))
      if (mark === undefined) return undefined
      const isOwn =
        equalInConstantTime(mark.slice(halfLength), expected.credentials) &&
        person.knownBrowserFailures < wrongPasswordLimit
      return {
        key: isOwn ? `browser:${browser}:${person.id}` : createBrowsersKey(person.id),
        isOwn,
      }
    },

    remember(cookie, person) {
      const [known, ...marks] = splitCookie(cookie)
      const browser = known ?? Buffer.from(random.bytes(bytesInPart)).toString('base64url')
      const mark = createMark(browser, person)
      const others = marks.filter((other) => firstHalf(other) !== mark.person)
      return [browser, mark.person, mark.credentials, ...others.slice(0, people - 1)].join('')
    },
  }
}

function firstHalf(mark: string): string {
  return mark.slice(0, halfLength)
}

/** Returns no parts for a text that cannot be such a cookie. */
function splitCookie(cookie: string | undefined): string[] {
  const length = cookie?.length ?? 0
  const isOurs = length > partLength && length % partLength === 0
  return isOurs ? (cookie?.match(/[\w-]{22}/g) ?? []) : []
}
