/** For tests: an app that signs its requests with keys of its own. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { startSignedIn, type TestServer } from './oidc-server.ts'

export const signingAppAddress = 'http://127.0.0.1:1/app'

const verifier = 'a-verifier-that-is-long-enough-for-every-server'
/** Base64url of the SHA-256 of the verifier. */
const challenge = Buffer.from(
  await crypto.subtle.digest('SHA-256', Buffer.from(verifier)),
).toString('base64url')

const keyTypes = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

type Algorithm = 'ES256' | 'ES384' | 'EdDSA' | 'RS256' | 'RS512' | 'PS256'

export function makeSigningKeys() {
  const pairs = Object.entries(keyTypes).map(([name, make]) => [name, make()] as const)
  const byName = new Map(pairs)
  const find = (alg: string) => byName.get(/^[RP]S/.test(alg) ? 'rsa' : alg)
  return {
    jwks: JSON.stringify({
      keys: pairs.map(([kid, { publicKey }]) => ({ ...publicKey.export({ format: 'jwk' }), kid })),
    }),
    publicKey: (alg: string): KeyObject => find(alg)?.publicKey ?? missing(alg),
    async sign(claims: JWTPayload, header: JWTHeaderParameters): Promise<string> {
      const key = find(header.alg)?.privateKey ?? missing(header.alg)
      const kid = /^[RP]S/.test(header.alg) ? 'rsa' : header.alg
      const crit = Object.fromEntries((header.crit ?? []).map((name) => [name, true]))
      return await new SignJWT(claims).setProtectedHeader({ kid, ...header }).sign(key, { crit })
    },
  }
}

function missing(alg: string): never {
  throw new Error(`no key for ${alg}`)
}

export type SigningKeys = ReturnType<typeof makeSigningKeys>

/** The claims of a right request object. */
export function describeRequest(issuer: string, changed: JWTPayload = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  return {
    ...{ iss: 'app', aud: issuer, iat: now, nbf: now, exp: now + 300 },
    ...{ jti: crypto.randomUUID(), client_id: 'app' },
    ...{ response_type: 'code', redirect_uri: signingAppAddress, scope: 'openid profile' },
    ...{ state: 'signed', code_challenge: challenge, code_challenge_method: 'S256' },
    ...changed,
  }
}

/** @param settings of the app, beside its keys and its address */
export async function addSigningApp(
  server: Pick<TestServer, 'apps' | 'db' | 'oidc'>,
  settings: object = {},
) {
  const { issuer } = server.oidc
  const keys = makeSigningKeys()
  await server.apps.create(server.db, {
    id: 'app',
    name: 'App',
    settings: { redirectUris: [signingAppAddress], jwks: keys.jwks, ...settings } as never,
    policy: { secondFactor: 'none' },
  })
  const sign = async (changed: JWTPayload = {}, alg: Algorithm = 'ES256') =>
    keys.sign(describeRequest(issuer, changed), { alg, typ: 'oauth-authz-req+jwt' })
  /** The fields with which the app authenticates. */
  const authenticate = async (changed: JWTPayload = {}, alg: Algorithm = 'ES256') => ({
    client_id: 'app',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await keys.sign(
      {
        ...{ iss: 'app', sub: 'app', aud: issuer, jti: crypto.randomUUID() },
        ...{ exp: Math.floor(Date.now() / 1000) + 60, iat: Math.floor(Date.now() / 1000) },
        ...changed,
      },
      { alg },
    ),
  })
  /** To a path below the issuer, with the authentication of the app. */
  const post = async (
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Record<string, string> = {},
  ) => {
    const body = new URLSearchParams({ ...(await authenticate()), ...fields })
    const answer = await fetch(`${issuer}${path}`, { method: 'POST', body, headers })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return {
    issuer,
    keys,
    sign,
    authenticate,
    post,
    /** Pushes a request. */
    push: (fields: Readonly<Record<string, string>>, headers?: Record<string, string>) =>
      post('/request', fields, headers),
    /** The tokens for a code. */
    redeem: (code: string | null, headers?: Record<string, string>) =>
      post(
        '/token',
        {
          grant_type: 'authorization_code',
          code: code ?? '',
          redirect_uri: signingAppAddress,
          code_verifier: verifier,
        },
        headers,
      ),
  }
}

/** The same, in a scene where Erika is signed in. */
export async function openSigningApp(t: TestContext, settings: object = {}) {
  const signedIn = await startSignedIn(t)
  const app = await addSigningApp(signedIn.server, settings)
  return {
    ...signedIn,
    ...app,
    /** Begins a login with these parameters, as the browser of the person does. */
    async begin(fields: Readonly<Record<string, string>>) {
      const query = new URLSearchParams({ client_id: 'app', ...fields })
      return await signedIn.browser.open(`${app.issuer}/auth?${query}`, signingAppAddress)
    },
  }
}
