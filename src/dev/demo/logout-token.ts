/**
 * Checks a logout token as an app must (OpenID Connect Back-Channel Logout 1.0 section 2.6). Owns the check and the
 * memory of tokens already used; does not know which sessions an app has.
 */
import { createPublicKey, verify } from 'node:crypto'
import { z } from 'zod'
import { type Clock, minutes } from '../../platform/kernel/clock.ts'

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'
/** Seconds by which two clocks may differ. */
const skew = 60

const headerSchema = z.object({
  alg: z.enum(['ES256', 'RS256']),
  kid: z.string(),
  typ: z.literal('logout+jwt'),
})

const claimsSchema = z
  .object({
    iss: z.string(),
    aud: z.union([z.string(), z.array(z.string())]),
    iat: z.number(),
    exp: z.number(),
    jti: z.string().min(1),
    sub: z.string().optional(),
    sid: z.string().optional(),
    events: z.object({ [logoutEvent]: z.looseObject({}) }),
    nonce: z.undefined().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined)

const keysSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string(), alg: z.string() })) })
type Keys = z.output<typeof keysSchema>['keys']

/** Whom a valid token logs out: one session, or all of a person. */
export interface LogoutNotice {
  readonly sub?: string | undefined
  readonly sid?: string | undefined
}

export interface LogoutTokenChecker {
  /** `undefined`: the token is not a fresh, valid one for this app. */
  check(token: string): Promise<LogoutNotice | undefined>
}

/** `fetchKeys` returns the issuer's JWK set. */
export function createLogoutTokenChecker(options: {
  issuer: string
  clientId: string
  clock: Clock
  fetchKeys: () => Promise<unknown>
}): LogoutTokenChecker {
  const { issuer, clientId, clock } = options
  const used = new Map<string, number>()
  const findKey = createKeyFinder(options)

  const isForUs = (claims: z.output<typeof claimsSchema>) => {
    const now = clock.now() / 1000
    return (
      claims.iss === issuer &&
      [claims.aud].flat().includes(clientId) &&
      claims.exp > now - skew &&
      claims.iat < now + skew
    )
  }
  const useOnce = ({ jti, exp }: { jti: string; exp: number }) => {
    for (const [id, end] of used) if (end < clock.now()) used.delete(id)
    if (used.has(jti)) return false
    used.set(jti, (exp + skew) * 1000)
    return true
  }

  return {
    async check(token) {
      const [header = '', body = '', signature = '', ...rest] = token.split('.')
      if (rest.length > 0) return undefined
      const { data: head } = headerSchema.safeParse(decode(header))
      const { data: claims } = claimsSchema.safeParse(decode(body))
      if (!head || !claims || !isForUs(claims)) return undefined
      const key = await findKey(head.kid, head.alg)
      if (!key || !isSigned(`${header}.${body}`, signature, key)) return undefined
      return useOnce(claims) ? { sub: claims.sub, sid: claims.sid } : undefined
    },
  }
}

function createKeyFinder({ clock, fetchKeys }: { clock: Clock; fetchKeys(): Promise<unknown> }) {
  let keys: Keys = []
  let fetchedAt = Number.NEGATIVE_INFINITY
  return async (kid: string, alg: string) => {
    const find = () => keys.find((key) => key.kid === kid && key.alg === alg)
    if (find() === undefined && clock.now() - fetchedAt >= minutes(1)) {
      keys = keysSchema.parse(await fetchKeys()).keys
      fetchedAt = clock.now()
    }
    return find()
  }
}

function isSigned(text: string, signature: string, jwk: Keys[number]): boolean {
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const signed = Buffer.from(signature, 'base64url')
  return verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, signed)
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return undefined
  }
}
