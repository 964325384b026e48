/** ID tokens (OpenID Connect Core 1.0 section 2), with the same claims as those of the library. */
import { signJwt } from '../../sign-jwt.ts'
import type { SigningKeys } from '../../signing-keys.ts'
import type { ReadPersonClaims } from './claims.ts'
import type { LiveToken } from './live-tokens.ts'
import type { PlainApp } from './plain-apps.ts'

export interface IdTokensOptions {
  readonly issuer: string
  readonly signingKeys: SigningKeys
  readonly readClaims: ReadPersonClaims
}

interface Times {
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** Seconds. */
  readonly lifetime: number
}

/** `undefined`: no key has the app's algorithm. At this point all claims are read; only the signature is missing. */
export type PrepareIdToken = (
  app: PlainApp,
  token: LiveToken,
  times: Times,
) => Promise<SignIdToken | undefined>

export type SignIdToken = () => Promise<string>

export function createIdTokens(options: IdTokensOptions): PrepareIdToken {
  const { issuer, signingKeys, readClaims } = options
  return async (app, token, { issuedAt, lifetime }) => {
    const { signingAlgorithm } = app.settings
    const keys = await signingKeys.find('oidc')
    const key = keys.find(({ algorithm }) => algorithm === signingAlgorithm)
    if (key === undefined) return undefined
    const { acr, amr, authTime, nonce, sid } = token.content
    const claims = {
      ...(await readClaims(app, token)),
      ...{ acr, amr, auth_time: authTime, nonce, sid },
      aud: app.app.id,
      exp: issuedAt + lifetime,
      iat: issuedAt,
      iss: issuer,
    }
    return () => signJwt(key, claims)
  }
}
