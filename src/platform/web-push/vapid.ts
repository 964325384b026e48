/**
 * Identifies this server to push services (VAPID, RFC 8292). Owns the tokens, one for each push service. They are reused, as
 * RFC 8292 section 5 advises, because signing costs more than sending.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { type Clock, hours, isOver } from '../kernel/clock.ts'
import type { VapidKeys } from './vapid-keys.ts'

export interface VapidOptions {
  /** `mailto:` or an https address. */
  readonly subject: string
  readonly keys: VapidKeys
  readonly clock: Clock
}

/** RFC 8292 section 2 allows 24 hours; half of it tolerates clocks that differ. */
const lifetime = hours(12)
const renewal = hours(11)
/** Users choose the push service when they enrol, so only this many tokens are cached. */
const limit = 100

export function createVapid({ subject, keys, clock }: VapidOptions) {
  const key = createKey(keys)
  const signed = new Map<string, { readonly proof: Promise<string>; readonly at: number }>()

  async function sign(origin: string, now: number): Promise<string> {
    const token = await new SignJWT()
      .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
      .setAudience(origin)
      .setSubject(subject)
      .setExpirationTime(Math.floor((now + lifetime) / 1000))
      .sign(key)
    return `vapid t=${token}, k=${keys.publicKey}`
  }

  return {
    /** The value of `Authorization` (RFC 8292 section 3) for the push service of this origin. */
    async authorization(origin: string): Promise<string> {
      const now = clock.now()
      const known = signed.get(origin)
      const isGood = known !== undefined && !isOver(known.at, renewal, now)
      const current = isGood ? known : { proof: sign(origin, now), at: now }
      signed.delete(origin)
      signed.set(origin, current)
      const [oldest] = signed.keys()
      if (signed.size > limit && oldest !== undefined) signed.delete(oldest)
      return await current.proof
    },
  }
}

function createKey({ publicKey, privateKey }: VapidKeys): KeyObject {
  const point = Buffer.from(publicKey, 'base64url')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) =>
    part.toString('base64url'),
  )
  const jwk = { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '', d: privateKey }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}
