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

/** `undefined`: there is no key of the app's algorithm. */
export type IssueIdToken = (
  app: PlainApp,
  token: LiveToken,
  times: Times,
) => Promise<string | undefined>

export function createIdTokens({ issuer, signingKeys, readClaims }: IdTokensOptions): IssueIdToken {
  return async (app, token, { issuedAt, lifetime }) => {
    const { signingAlgorithm } = app.settings
    const keys = await signingKeys.find('oidc')
    const key = keys.find(({ algorithm }) => algorithm === signingAlgorithm)
    if (key === undefined) return undefined
    const { acr, amr, authTime, nonce, sid } = token.content
    return await signJwt(key, {
      ...(await readClaims(app, token)),
      ...{ acr, amr, auth_time: authTime, nonce, sid },
      aud: app.app.id,
      exp: issuedAt + lifetime,
      iat: issuedAt,
      iss: issuer,
    })
  }
}
