/**
 * Browsers in which a person has logged in before. Owns what their cookie says and which counter of tries it gives them:
 * one of its own for each browser and person, so that whoever guesses elsewhere does not lock the person out here. A
 * cookie proves nothing but an earlier login: it spares no password and no second factor. Keeps nothing.
 */
import { equalInConstantTime, hmac } from '../kernel/crypto.ts'
import type { Id } from '../kernel/ids.ts'
import type { Random } from '../kernel/random.ts'

export interface KnownBrowsers {
  /**
   * The throttle key for tries at this user from the browser with this cookie. `undefined`: the user never logged in
   * there. Costs one HMAC where there is a cookie.
   */
  keyFor(cookie: string | undefined, userId: Id<'user'> | undefined): string | undefined
  /** The cookie after a login of this user; the others whom the browser knows stay, the longest away go first. */
  remember(cookie: string | undefined, userId: Id<'user'>): string
}

export interface KnownBrowsersOptions {
  readonly random: Random
  readonly key: Uint8Array
}

/** 16 bytes in base64url. A cookie is the browser's name, then a mark for each person. */
const partLength = 22
const bytesInPart = 16
const people = 4

export function createKnownBrowsers({ random, key }: KnownBrowsersOptions): KnownBrowsers {
  const markOf = (browser: string, userId: Id<'user'> | undefined) =>
    hmac(key, `${browser} ${userId ?? ''}`).slice(0, partLength)

  return {
    keyFor(cookie, userId) {
      const [browser, ...marks] = partsOf(cookie)
      if (browser === undefined) return undefined
      const mark = markOf(browser, userId)
      const isKnown = marks.some((other) => equalInConstantTime(other, mark))
      return isKnown && userId !== undefined ? `browser:${browser}:${userId}` : undefined
    },

    remember(cookie, userId) {
      const [known, ...marks] = partsOf(cookie)
      const browser = known ?? Buffer.from(random.bytes(bytesInPart)).toString('base64url')
      const mark = markOf(browser, userId)
      const others = marks.filter((other) => other !== mark).slice(0, people - 1)
      return [browser, mark, ...others].join('')
    },
  }
}

/** Nothing of what cannot be one of our cookies. */
function partsOf(cookie: string | undefined): string[] {
  const length = cookie?.length ?? 0
  const isOurs = length > partLength && length % partLength === 0
  return isOurs ? (cookie?.match(/[\w-]{22}/g) ?? []) : []
}
