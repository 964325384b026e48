/** ID tokens (OpenID Connect Core 1.0 section 2), with the same claims as those of the library. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { SigningKey, SigningKeys } from '../../signing-keys.ts'
import type { ReadPersonClaims } from './claims.ts'
import type { LiveToken } from './live-tokens.ts'
import type { PlainApp } from './plain-apps.ts'

/** On another thread: a signature takes longer than all else, and others would wait for it. */
const signInBackground = promisify(sign)

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
    return await signToken(key, {
      ...(await readClaims(app, token)),
      ...{ acr, amr, auth_time: authTime, nonce, sid },
      aud: app.app.id,
      exp: issuedAt + lifetime,
      iat: issuedAt,
      iss: issuer,
    })
  }
}

const opened = new WeakMap<SigningKey, KeyObject>()

async function signToken(key: SigningKey, claims: object): Promise<string> {
  const privateKey = opened.get(key) ?? createPrivateKey({ key: key.privateKey, format: 'jwk' })
  opened.set(key, privateKey)
  const header = { alg: key.algorithm, kid: key.kid }
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = await signInBackground('sha256', Buffer.from(text), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${text}.${signature.toString('base64url')}`
}
