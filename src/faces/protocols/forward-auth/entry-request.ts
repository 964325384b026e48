/**
 * What a browser carries from the origin of an app to ours: which app, and where to go on afterwards. Signed, as a forged one
 * could send a person to a place of an app that someone else has chosen. Owns how long an address to return to may be.
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
  /** Names the whole address, which is in a cookie at that origin; absent: `to` is all of it. */
  long: z.string().optional(),
})

export type EntryRequest = z.output<typeof entryRequestSchema>

/** `key` is for this purpose alone, 32 bytes. */
export function createEntryRequests(key: Uint8Array) {
  return {
    sign(request: EntryRequest): string {
      const encoded = Buffer.from(JSON.stringify(request)).toString('base64url')
      return `${encoded}.${hmac(key, encoded)}`
    },
    /** `undefined`: nobody here has signed it. */
    open(text: string): EntryRequest | undefined {
      const [encoded, signature, ...rest] = text.split('.')
      if (!encoded || !signature || rest.length > 0) return undefined
      if (!equalInConstantTime(signature, hmac(key, encoded))) return undefined
      return entryRequestSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()))
    },
  }
}

export type EntryRequests = ReturnType<typeof createEntryRequests>

/** It is encoded twice on its way through the login, and proxies take headers of a few kilobytes. */
const longestInAddress = 800
const longestInCookie = 2500
/** The proxy's own limit is for the address of the app, and ours has a few characters more. */
const longestHandedOver = 4000

export type ReturnPlan = Pick<EntryRequest, 'to' | 'long'> & { readonly cookie?: string }

/** Where an address to return to waits for the end of the login. Of one that is too long the query is left out, or all of it. */
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

/** The address in the cookie, if it is the one that was meant: another tab may have put its own there. */
export function readLong(cookie: string | undefined, long: string): string | undefined {
  if (cookie === undefined) return undefined
  const whole = Buffer.from(cookie, 'base64url').toString()
  return whole.startsWith('/') && nameLong(whole) === long ? whole : undefined
}

function nameLong(whole: string): string {
  return sha256(whole).slice(0, 16)
}

/** What the address of the login at the app's origin says of where to return to. */
export function shortenReturn(path: string, query: string): string {
  if (path.length > longestHandedOver) return '/'
  return path.length + query.length > longestHandedOver ? path : `${path}${query}`
}
