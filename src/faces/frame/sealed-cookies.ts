/**
 * Cookies with content that only this server reads and writes. The seal is tied to one cookie and one place, so a value
 * from one page is useless on another. Owns the seal; the content of a cookie belongs to its page.
 */
import type { CookieName, Cookies } from '../../platform/http/cookies.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'

export type SealedCookieName = Extract<CookieName, 'refusal' | 'name' | 'ended' | 'place'>

export interface SealedCookies {
  /** A `Set-Cookie` value. @param place what the value belongs to, for example one page in one browser */
  set(name: SealedCookieName, place: string, content: unknown): string
  /** `undefined`: no such cookie, or one of another place or key. */
  read(header: string | undefined, name: SealedCookieName, place: string): unknown
}

export function createSealedCookies(
  cookies: Cookies,
  keyring: Pick<Keyring, 'seal' | 'open'>,
): SealedCookies {
  const context = (name: string, place: string) => `cookies/${name}/${place}`
  return {
    set(name, place, content) {
      const sealed = keyring.seal(context(name, place), Buffer.from(JSON.stringify(content)))
      return cookies.set(name, sealed)
    },
    read(header, name, place) {
      const sealed = cookies.read(header, name)
      if (sealed === undefined) return undefined
      try {
        return JSON.parse(Buffer.from(keyring.open(context(name, place), sealed)).toString())
      } catch {
        return undefined
      }
    },
  }
}
