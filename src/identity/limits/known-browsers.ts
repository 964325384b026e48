/**
 * Browsers in which a person has logged in before. Owns what their cookie says and which counter of tries it gives them:
 * one of its own for each browser and person, so that guesses from elsewhere do not lock the person out here. A
 * cookie proves nothing but an earlier login: it spares no password and no second factor. Keeps nothing.
 *
 * One password makes any number of cookies, so there are two ends to it. A cookie of earlier credentials (another
 * password, disabled meanwhile), and every cookie once there were `wrongPasswordLimit` wrong tries in a row in the person's
 * browsers, give one counter that all these browsers share. It is not the counter of the name, so an
 * attacker who knows only the name cannot lock the person out.
 */
import { equalInConstantTime, hmac } from '../../platform/kernel/crypto.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'

/** Wrong tries in a row in all known browsers of a person (NIST SP 800-63B-4, section 3.2.2). */
export const wrongPasswordLimit = 100

/** The key that a person's browsers share. */
export const createBrowsersKey = (userId: Id<'user'>): string => `browsers:${userId}`

export interface Credentials {
  readonly id: Id<'user'>
  readonly credentialVersion: number
}

export interface KnownPerson extends Credentials {
  /** Wrong tries in a row under keys that were the browser's own. */
  readonly knownBrowserFailures: number
}

export interface BrowserKey {
  /** For the throttle. */
  readonly key: string
  /** Of this browser alone; else the person's browsers share it. */
  readonly isOwn: boolean
}

export interface KnownBrowsers {
  /**
   * What tries at this person from the browser with this cookie are counted under. `undefined`: the person never logged in
   * there. Costs two HMACs where there is a cookie.
   */
  keyFor(cookie: string | undefined, person: KnownPerson | undefined): BrowserKey | undefined
  /** The cookie after a login of this person; the others whom the browser knows stay, the longest away go first. */
  remember(cookie: string | undefined, person: Credentials): string
}

export interface KnownBrowsersOptions {
  readonly random: Random
  readonly key: Uint8Array
}

/** 16 bytes in base64url. A cookie is the browser's name, then a mark for each person. */
const partLength = 22
const bytesInPart = 16
/** Of a mark: the first half is for the person, the second one for their credentials; 66 bits each. */
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

/** Nothing of what cannot be one of our cookies. */
function splitCookie(cookie: string | undefined): string[] {
  const length = cookie?.length ?? 0
  const isOurs = length > partLength && length % partLength === 0
  return isOurs ? (cookie?.match(/[\w-]{22}/g) ?? []) : []
}
