/**
 * What the modules of the OpenID Foundation's conformance suite have in common: the provider as its discovery document
 * describes it, the clients that were registered for the suite, and one run of the code flow. The modules have the suite's
 * names, send what it sends and check what it checks; none of this knows the server but over HTTP.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from 'jose'
import { type Browser, createBrowser, type Landing, type Reply, send } from './browser.ts'

export interface Client {
  readonly id: string
  readonly secret: string
  readonly auth: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
  /** A client assertion, for `private_key_jwt`. */
  sign?(id: string, audience: string): Promise<string>
  /** Of its assertions; absent: the token endpoint. */
  readonly audience?: string
}

export interface SuiteOptions {
  readonly issuer: string
  readonly ca: string
  readonly user: { readonly username: string; readonly password: string }
  /** Each with the redirect address `<appOrigin>/callback` and the logout address `<appOrigin>/post_logout_redirect`. */
  readonly client: Client
  readonly secondClient: Client
  readonly postClient: Client
  readonly appOrigin: string
  readonly responseMode: 'default' | 'form_post'
}

export type Metadata = Readonly<Record<string, unknown>>

export interface Tokens {
  readonly accessToken: string
  readonly idToken: string
  readonly claims: JWTPayload
  readonly refreshToken?: string
}

export type Params = Record<string, string | undefined>

/** A module ends like this where the suite itself skips it. */
export class Skipped extends Error {}

export interface Module {
  /** The suite's `testName`. */
  readonly name: string
  run(suite: Suite): Promise<void>
}

export type Suite = Awaited<ReturnType<typeof createSuite>>

/** What a module finds out beside an exception, and what is to be done after it. */
export interface Findings {
  readonly warnings: string[]
  /** What fails the module in the suite, and has a reason here. */
  readonly failures: string[]
  readonly ends: (() => Promise<void>)[]
}

export const createFindings = (): Findings => ({ warnings: [], failures: [], ends: [] })

/** One module's view: a browser of its own, and a place for what it finds out. */
export async function createSuite(options: SuiteOptions, findings: Findings) {
  const { issuer, ca, appOrigin, user } = options
  const discovery = await send(new URL(`${issuer}/.well-known/openid-configuration`), ca)
  assert.equal(discovery.status, 200)
  const metadata: Metadata = JSON.parse(discovery.body)
  const endpoint = (name: string) => {
    const value = metadata[name]
    assert.ok(typeof value === 'string', `${name} is not in the discovery document`)
    return new URL(value)
  }
  const fetchKeys = async (url: string) => {
    const { status, body } = await send(new URL(url), ca)
    return new Response(body, { status })
  }
  const keys = createRemoteJWKSet(endpoint('jwks_uri'), { [customFetch]: fetchKeys })
  const redirectUri = `${appOrigin}/callback`
  return {
    ...options,
    discovery,
    metadata,
    endpoint,
    redirectUri,
    browser: createBrowser({ appOrigin, ca, ...user }),
    send: (url: URL, sending?: Parameters<typeof send>[2]) => send(url, ca, sending),
    verify: (jwt: string, audience: string) => jwtVerify(jwt, keys, { issuer, audience }),
    /** For what the suite only warns of. */
    warnUnless(isFine: boolean, text: string): void {
      if (!isFine) findings.warnings.push(text)
    },
    /** For what the suite demands and a provider can have reasons not to do. */
    failUnless(isFine: boolean, text: string): void {
      if (!isFine) findings.failures.push(text)
    },
    atEnd(end: () => Promise<void>): void {
      findings.ends.push(end)
    },
  }
}

export const randomText = (length = 10) =>
  randomBytes(length).toString('base64url').slice(0, length)

export interface Request {
  readonly state: string
  readonly nonce: string | undefined
  readonly params: URLSearchParams
  readonly client: Client
}

/** An authorization request as the suite sends it: no PKCE. A parameter that is undefined is left out. */
export function createRequest(
  suite: Suite,
  more: Params = {},
  client: Client = suite.client,
): Request {
  const state = more.state ?? randomText()
  const values: Params = {
    client_id: client.id,
    redirect_uri: suite.redirectUri,
    scope: 'openid',
    state,
    nonce: randomText(),
    response_type: 'code',
    ...(suite.responseMode === 'form_post' && { response_mode: 'form_post' }),
    ...more,
  }
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) params.append(name, value)
  }
  return { state, nonce: values.nonce, params, client }
}

export function toUrl(suite: Suite, { params }: Request): URL {
  const url = suite.endpoint('authorization_endpoint')
  url.search = `${params}`
  return url
}

export async function authorize(suite: Suite, request: Request): Promise<URLSearchParams> {
  return readCallback(suite, await suite.browser.go(toUrl(suite, request)))
}

/** What came to the redirect address, after the checks that hold for every answer. */
export function readCallback(suite: Suite, landing: Landing): URLSearchParams {
  assert.equal(landing.type, 'app', `the browser stands at ${describe(landing)}`)
  assert.ok(landing.type === 'app')
  assert.equal(`${landing.url.origin}${landing.url.pathname}`, suite.redirectUri)
  if (suite.responseMode === 'form_post') {
    assert.equal(landing.method, 'POST')
    assert.equal(landing.url.search, '')
  } else {
    assert.equal(landing.method, 'GET')
    assert.equal(landing.url.hash, '')
  }
  const iss = landing.sent.get('iss')
  assert.ok(iss === null || iss === suite.issuer)
  return landing.sent
}

export function describe(landing: Landing): string {
  if (landing.type === 'app') return landing.url.href
  const title = /<title>([^<]*)/.exec(landing.html)?.[1] ?? ''
  return `${landing.url.href} (${landing.status} ${title})`
}

/** The code of an answer without an error, with the state of the request. */
export function readCode(sent: URLSearchParams, { state }: Request): string {
  assert.equal(sent.get('error'), null, `${sent}`)
  assert.equal(sent.get('state'), state)
  return sent.get('code') ?? assert.fail('no code')
}

/** Checks for every error at the redirect address; returns its code. */
export function readError(suite: Suite, sent: URLSearchParams, { state }: Request): string {
  assert.equal(sent.get('state'), state)
  assert.equal(sent.get('code'), null)
  const known = ['error', 'error_description', 'error_uri', 'state', 'session_state', 'iss']
  const others = [...sent.keys()].filter((name) => !known.includes(name))
  suite.warnUnless(others.length === 0, `unexpected in the error: ${others.join(', ')}`)
  checkErrorTexts(sent.get('error_description'), sent.get('error_uri'))
  return sent.get('error') ?? assert.fail('no error')
}

/** RFC 6749 sections 4.1.2.1 and 5.2: the characters that these may have. */
export function checkErrorTexts(description: unknown, uri: unknown): void {
  if (typeof description === 'string') assert.match(description, /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/)
  if (typeof uri === 'string') assert.match(uri, /^[\x21\x23-\x5b\x5d-\x7e]*$/)
}

/** At the token endpoint, authenticated as this client. */
export async function callTokenEndpoint(
  suite: Suite,
  client: Client,
  params: Params,
): Promise<Reply> {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value !== undefined) form.set(name, value)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (client.auth === 'private_key_jwt') {
    const audience = client.audience ?? suite.endpoint('token_endpoint').href
    form.set('client_id', client.id)
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    form.set('client_assertion', (await client.sign?.(client.id, audience)) ?? '')
  } else if (client.auth === 'client_secret_basic') {
    const parts = [client.id, client.secret].map(encodeURIComponent).join(':')
    headers.authorization = `Basic ${Buffer.from(parts).toString('base64')}`
  } else {
    form.set('client_id', client.id)
    form.set('client_secret', client.secret)
  }
  return await suite.send(suite.endpoint('token_endpoint'), { method: 'POST', form, headers })
}

export function redeem(
  suite: Suite,
  { client }: Request,
  code: string,
  { verifier, redirectUri = suite.redirectUri }: { verifier?: string; redirectUri?: string } = {},
): Promise<Reply> {
  return callTokenEndpoint(suite, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
}

/** Tokens of a good answer, with the checks of the suite's `PerformStandardIdTokenChecks`. */
export async function readTokens(
  suite: Suite,
  { client, nonce, params }: Request,
  reply: Reply,
): Promise<Tokens> {
  assert.equal(reply.status, 200, reply.body)
  const answer = JSON.parse(reply.body)
  assert.equal(typeof answer.access_token, 'string')
  if (answer.expires_in !== undefined) assert.ok(Number.isInteger(answer.expires_in))
  suite.warnUnless(answer.expires_in > 0, 'expires_in is missing')
  const { payload, protectedHeader } = await suite.verify(answer.id_token, client.id)
  assert.ok(typeof payload.sub === 'string' && payload.sub !== '' && payload.sub.length <= 255)
  const now = Date.now() / 1000
  assert.ok((payload.exp ?? 0) > now)
  assert.ok(Math.abs((payload.iat ?? 0) - now) < 300)
  assert.equal(payload.nonce, nonce)
  assert.ok(protectedHeader.alg !== 'none')
  if (payload.auth_time !== undefined) assert.ok(Number(payload.auth_time) <= now + 5)
  if (payload.azp !== undefined) assert.equal(payload.azp, client.id)
  if (payload.at_hash !== undefined) {
    assert.equal(payload.at_hash, hashHalf(answer.access_token, protectedHeader.alg))
  }
  if (params.has('max_age')) assert.ok(Number.isInteger(payload.auth_time), 'no auth_time')
  return {
    accessToken: answer.access_token,
    idToken: answer.id_token,
    claims: payload,
    ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
  }
}

/** OpenID Connect Core 1.0 section 3.1.3.6. */
function hashHalf(token: string, algorithm: string): string {
  const bits = algorithm.endsWith('384') ? 384 : algorithm.endsWith('512') ? 512 : 256
  const hash = createHash(`sha${bits}`).update(token).digest()
  return hash.subarray(0, hash.length / 2).toString('base64url')
}

/** The whole flow: authorization, tokens, and userinfo as the protected resource. */
export async function runFlow(suite: Suite, request: Request): Promise<Tokens> {
  const code = readCode(await authorize(suite, request), request)
  const tokens = await readTokens(suite, request, await redeem(suite, request, code))
  const resource = await callUserinfo(suite, tokens.accessToken)
  assert.equal(resource.status, 200)
  return tokens
}

export function callUserinfo(suite: Suite, accessToken: string, method: 'GET' | 'POST' = 'GET') {
  const headers = { authorization: `Bearer ${accessToken}`, accept: 'application/json' }
  return suite.send(suite.endpoint('userinfo_endpoint'), { method, headers })
}

const standardTypes: Readonly<Record<string, string>> = {
  sub: 'string',
  name: 'string',
  given_name: 'string',
  family_name: 'string',
  middle_name: 'string',
  nickname: 'string',
  preferred_username: 'string',
  profile: 'string',
  picture: 'string',
  website: 'string',
  email: 'string',
  email_verified: 'boolean',
  gender: 'string',
  birthdate: 'string',
  zoneinfo: 'string',
  locale: 'string',
  phone_number: 'string',
  phone_number_verified: 'boolean',
  address: 'object',
  updated_at: 'number',
}

/** The claims of a userinfo answer, with the checks of OpenID Connect Core 1.0 sections 5.1 and 5.3.2. */
export function readUserinfo(reply: Reply, tokens: Tokens): Record<string, unknown> {
  assert.equal(reply.status, 200, reply.body)
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
  const claims = JSON.parse(reply.body)
  for (const [name, value] of Object.entries(claims)) {
    const type = standardTypes[name]
    if (type !== undefined) assert.equal(typeof value, type, name)
    assert.notEqual(value, '', `${name} is empty`)
  }
  assert.equal(claims.sub, tokens.claims.sub)
  if (claims.updated_at !== undefined) assert.ok(claims.updated_at * 1000 <= Date.now() + 5000)
  return claims
}

/** A page with an error where the suite wants a picture of one: it must not have gone to the app. */
export function isErrorPage(landing: Landing): boolean {
  return landing.type === 'page' && landing.status >= 400
}

export type { Browser, Landing, Reply }

export function listOf(suite: Suite, name: string): readonly string[] | undefined {
  const value = suite.metadata[name]
  return Array.isArray(value) ? value : undefined
}

export function skipUnless(
  supported: readonly string[] | undefined,
  wanted: readonly string[],
): void {
  if (supported === undefined) return
  const missing = wanted.filter((one) => !supported.includes(one))
  if (missing.length > 0) throw new Skipped(`${missing.join(', ')} is not supported`)
}

export function checkSame(before: JWTPayload, after: JWTPayload, names: readonly string[]): void {
  for (const name of names) {
    if (before[name] !== undefined && after[name] !== undefined) {
      assert.deepEqual(after[name], before[name], name)
    }
  }
}

/** As the suite measures it: Shannon's entropy of the characters, times their number. */
export function countShannonBits(text: string): number {
  const counts = new Map<string, number>()
  for (const one of text) counts.set(one, (counts.get(one) ?? 0) + 1)
  const parts = [...counts.values()].map((count) => count / text.length)
  return -parts.reduce((sum, part) => sum + part * Math.log2(part), 0) * text.length
}

/** The errors that say that a person would have to be asked (OpenID Connect Core 1.0 section 3.1.2.6). */
export const needsInterface: readonly string[] = [
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
]
