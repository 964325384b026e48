/**
 * The content of the identity headers as a signed token (RFC 7519, RFC 8725). Apps that verify it cannot be deceived by a
 * client that bypasses the proxy. Owns the token, its short lifetime, and the keys with which apps verify it. A token stays in
 * memory for a minute, because a signature costs more than the rest of a check.
 */
import { type Clock, isOver, minutes } from '../../../platform/kernel/clock.ts'
import type { Source } from '../release.ts'
import { signJwt } from '../sign-jwt.ts'
import type { SigningKey, SigningKeys } from '../signing-keys.ts'
import type { EntryFacts, Grant } from './grants.ts'

/** Milliseconds. */
const lifetime = minutes(5)
const reusedFor = minutes(1)
const mostRecent = 10_000

export interface IdentityTokensOptions {
  readonly clock: Clock
  readonly signingKeys: SigningKeys
  /** The issuer: the origin of this server. */
  readonly publicUrl: string
}

export interface IdentityTokens {
  /** The token of a person inside an app. */
  find(grant: Grant, facts: EntryFacts): Promise<string>
  /** A JWK Set (RFC 7517). */
  publishKeys(): Promise<string>
}

export function createIdentityTokens(options: IdentityTokensOptions): IdentityTokens {
  const { clock, signingKeys } = options
  const issuer = `${options.publicUrl}/forward-auth`
  const recent = new Map<string, { readonly token: string; readonly madeAt: number }>()

  async function make({ appId, session }: Grant, facts: EntryFacts, now: number): Promise<string> {
    const [key] = await signingKeys.find('forward-auth')
    if (key === undefined) throw new Error('there is no key to sign with')
    const issuedAt = Math.floor(now / 1000)
    const claims = {
      ...facts.claims,
      iss: issuer,
      aud: appId,
      iat: issuedAt,
      exp: issuedAt + lifetime / 1000,
      acr: session.acr,
    }
    return await signJwt(key, claims, 'identity+jwt')
  }

  return {
    async find(grant, facts) {
      const now = clock.now()
      // A new decision or a new proof makes a new token.
      const name = `${grant.tokenHash} ${grant.decidedAt} ${grant.session.acr}`
      const known = recent.get(name)
      if (known !== undefined && !isOver(known.madeAt, reusedFor, now)) return known.token
      const token = await make(grant, facts, now)
      if (recent.size >= mostRecent) recent.clear()
      recent.set(name, { token, madeAt: now })
      return token
    },
    async publishKeys() {
      const keys = await signingKeys.find('forward-auth')
      return JSON.stringify({ keys: keys.map(describeKey) })
    },
  }
}

function describeKey({ kid, algorithm, privateKey: { kty, crv, x, y } }: SigningKey) {
  return { kid, alg: algorithm, use: 'sig', kty, crv, x, y }
}

/** The claim of each source in a token (OpenID Connect Core 1.0 section 5.1). */
const claimNames: Readonly<Record<string, string>> = {
  username: 'preferred_username',
  displayName: 'name',
  email: 'email',
  verifiedEmail: 'email',
  groups: 'groups',
  userId: 'user_id',
}

export function nameClaim(source: Source): string {
  return claimNames[source] ?? source.replace(/^attribute:/, '')
}
