/**
 * The data that a browser carries from the origin of an app to ours: which app, and where to continue afterwards. It is signed:
 * otherwise an attacker could choose the place in the app to which a person is sent. Owns the maximum length of a return
 * address.
 */
import { z } from 'zod'
import { equalInConstantTime, hmac, sha256 } from '../../../platform/kernel/crypto.ts'

const entryRequestSchema = z.strictObject({
  appId: z.string(),
  origin: z.string(),
  /** A path and query at that origin. */
  to: z.string(),
  /** SHA-256 of the secret of the browser at that origin. */
  browserHash: z.string(),
  /** Identifies the whole address, which is in a cookie at that origin; absent: `to` is the whole address. */
  long: z.string().optional(),
})

export type EntryRequest = z.output<typeof entryRequestSchema>

/** `key` has 32 bytes and only this purpose. */
export function createEntryRequests(key: Uint8Array) {
  return {
    sign(request: EntryRequest): string {
      const encoded = Buffer.from(JSON.stringify(request)).toString('base64url')
      return `${encoded}.${hmac(key, encoded)}`
    },
    /** `undefined`: this server did not sign it. */
    open(text: string): EntryRequest | undefined {
      const [encoded, signature, ...rest] = text.split('.')
      if (!encoded || !signature || rest.length > 0) return undefined
      if (!equalInConstantTime(signature, hmac(key, encoded))) return undefined
      return entryRequestSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()))
    },
  }
}

export type EntryRequests = ReturnType<typeof createEntryRequests>

/** The address is encoded twice during the login, and proxies accept headers of a few kilobytes. */
const longestInAddress = 800
const longestInCookie = 2500
/** The proxy's own limit applies to the address of the app; ours is a few characters longer. */
const longestHandedOver = 4000

export type ReturnPlan = Pick<EntryRequest, 'to' | 'long'> & { readonly cookie?: string }

/** Plans where the return address waits until the login ends. If it is too long, its query is left out, or all of it. */
export function planReturn({
  pathname: path,
  search,
}: Pick<URL, 'pathname' | 'search'>): ReturnPlan {
  const whole = `${path}${search}`
  if (whole.length <= longestInAddress) return { to: whole }
  if (path.length > longestInAddress) return { to: '/' }
  if (whole.length > longestInCookie) return { to: path }
  return { to: path, long: nameLong(whole), cookie: Buffer.from(whole).toString('base64url') }
}

/** The address in the cookie, if it is the expected one: another tab may have replaced it. */
export function readLong(cookie: string | undefined, long: string): string | undefined {
  if (cookie === undefined) return undefined
  const whole = Buffer.from(cookie, 'base64url').toString()
  return whole.startsWith('/') && nameLong(whole) === long ? whole : undefined
}

function nameLong(whole: string): string {
  return sha256(whole).slice(0, 16)
}

/** The return address in the address of the login at the app's origin: whole, without its query, or `/`. */
export function shortenReturn(path: string, query: string): string {
  if (path.length > longestHandedOver) return '/'
  return path.length + query.length > longestHandedOver ? path : `${path}${query}`
}
