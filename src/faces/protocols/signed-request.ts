/**
 * The request of an app, carried in an address on this server while its person logs in. It is signed and not stored, so that
 * nobody can fill the database with requests. It is not secret, and does not prove who opens it.
 */
import type { z } from 'zod'
import { type Clock, hours } from '../../platform/kernel/clock.ts'
import { equalInConstantTime, hmac } from '../../platform/kernel/crypto.ts'

/** As long as the login that follows may take. */
export const requestLifetime = hours(1)

export interface SignedRequests<Request> {
  /** Returns a text for a query parameter. */
  sign(request: Request): string
  /** Returns the request that `sign` got, for one hour; `undefined` for every other text. */
  open(text: string): Request | undefined
}

/** `key` has 32 bytes and only this purpose. The schema has a member `iat`: when it was signed, in milliseconds. */
export function createSignedRequests<Request extends { readonly iat: number }>(options: {
  readonly key: Uint8Array
  readonly clock: Clock
  readonly schema: z.ZodType<Request>
}): SignedRequests<Request> {
  const { key, clock, schema } = options
  return {
    sign(request) {
      const encoded = Buffer.from(JSON.stringify(request)).toString('base64url')
      return `${encoded}.${hmac(key, encoded)}`
    },
    open(text) {
      const [encoded, signature, ...rest] = text.split('.')
      if (!encoded || !signature || rest.length > 0) return undefined
      if (!equalInConstantTime(signature, hmac(key, encoded))) return undefined
      const request = schema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()))
      return clock.now() - request.iat < requestLifetime ? request : undefined
    },
  }
}
