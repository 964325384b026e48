/**
 * What a login is for, carried in the address of the login page: which app, where to go on, how fresh and how strong. It is
 * signed, because a forged one could send people anywhere. It is not secret, and proves nothing about who opens it.
 */
import { z } from 'zod'
import type { Clock } from '../../platform/kernel/clock.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { equalInConstantTime, hmac } from '../../platform/kernel/crypto.ts'
import type { JourneyRequest } from './journey.ts'

const lifetime = hours(1)

/** The longest login hint, in characters. */
export const longestHint = 128

/** Whether `text` is a path on this server. `//host` and `/\host` are other servers to a browser. */
export function isLocalPath(text: string): boolean {
  return /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(text)
}

/** The login page, with what was signed. */
export function loginAddress(signed: string): string {
  return `/login?continue=${encodeURIComponent(signed)}`
}

const continuationSchema = z.strictObject({
  /** The app that sent the person here; absent for the person's own pages. */
  appId: z.string().optional(),
  /** A path on this server where things go on after the login. */
  returnTo: z.string().refine(isLocalPath),
  /** Where the app learns that the person does not want to go on. */
  cancelTo: z.string().refine(isLocalPath).optional(),
  /** In place of `cancelTo`: its path, if it has the query of `returnTo`. That may be long, and addresses have a limit. */
  cancelPath: z.string().refine(isLocalPath).optional(),
  /** The login must have happened at or after this time (ms). */
  authenticatedSince: z.number().optional(),
  acrValues: z.array(z.string()).optional(),
  /** The name that the app expects. */
  loginHint: z.string().max(longestHint).optional(),
  /** Where an app that registered itself takes the answer. */
  place: z.string().optional(),
  /** Pages keep their connection to the window that opened them. */
  keepsOpener: z.literal(true).optional(),
  /** The login only confirms who is there, for a change on the person's own pages. */
  confirms: z.literal('account').optional(),
})

const signedSchema = z.strictObject({ ...continuationSchema.shape, iat: z.number() })

export type Continuation = Omit<JourneyRequest, 'authenticator' | 'invitation' | 'link'>

export interface Continuations {
  /** A text for a query parameter. Throws when `returnTo` or `cancelTo` is not a path on this server. */
  sign(continuation: Continuation): string
  /** What `sign` was given, for one hour; undefined for everything else. */
  open(text: string): Continuation | undefined
}

/** `key` is for this purpose alone, 32 bytes. */
export function createContinuations(options: { key: Uint8Array; clock: Clock }): Continuations {
  const { key, clock } = options
  return {
    sign(continuation) {
      const checked = continuationSchema.parse(continuation)
      const payload = JSON.stringify({ ...shortenCancel(checked), iat: clock.now() })
      const encoded = Buffer.from(payload).toString('base64url')
      return `${encoded}.${hmac(key, encoded)}`
    },
    open(text) {
      const [encoded, signature, ...rest] = text.split('.')
      if (!encoded || !signature || rest.length > 0) return undefined
      if (!equalInConstantTime(signature, hmac(key, encoded))) return undefined
      const { iat, ...continuation } = signedSchema.parse(decode(encoded))
      return clock.now() - iat < lifetime ? withoutAbsent(continuation) : undefined
    },
  }
}

type Carried = z.output<typeof continuationSchema>

function shortenCancel({ cancelTo, ...rest }: Carried): Carried {
  const query = findQuery(rest.returnTo)
  return cancelTo !== undefined && query !== '' && cancelTo.endsWith(query)
    ? { ...rest, cancelPath: cancelTo.slice(0, -query.length) }
    : { ...rest, cancelTo }
}

function findQuery(path: string): string {
  const mark = path.indexOf('?')
  return mark < 0 ? '' : path.slice(mark)
}

function decode(encoded: string): unknown {
  return JSON.parse(Buffer.from(encoded, 'base64url').toString())
}

function withoutAbsent(found: Carried): Continuation {
  const { returnTo, cancelTo, cancelPath } = found
  return {
    returnTo,
    ...(cancelTo !== undefined && { cancelTo }),
    ...(cancelPath !== undefined && { cancelTo: `${cancelPath}${findQuery(returnTo)}` }),
    ...(found.appId !== undefined && { appId: found.appId }),
    ...(found.authenticatedSince !== undefined && { authenticatedSince: found.authenticatedSince }),
    ...(found.acrValues !== undefined && { acrValues: found.acrValues }),
    ...(found.loginHint !== undefined && { loginHint: found.loginHint }),
    ...(found.place !== undefined && { place: found.place }),
    ...(found.keepsOpener !== undefined && { keepsOpener: found.keepsOpener }),
    ...(found.confirms !== undefined && { confirms: found.confirms }),
  }
}
