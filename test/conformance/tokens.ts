/** Modules about codes that are used again, and about refresh tokens. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import {
  authorize,
  callTokenEndpoint,
  callUserinfo,
  checkErrorTexts,
  checkSame,
  countShannonBits,
  createRequest,
  listOf,
  type Module,
  type Params,
  randomText,
  readCode,
  readTokens,
  redeem,
  Skipped,
  type Suite,
  type Tokens,
} from './suite.ts'

export const codeReuse: Module = {
  name: 'oidcc-codereuse',
  run: (suite) => reuseCode(suite, 0),
}

export const codeReuseLater: Module = {
  name: 'oidcc-codereuse-30seconds',
  run: (suite) => reuseCode(suite, 30_000),
}

async function reuseCode(suite: Suite, pause: number): Promise<void> {
  const request = createRequest(suite)
  const code = readCode(await authorize(suite, request), request)
  const { accessToken } = await readTokens(suite, request, await redeem(suite, request, code))
  await wait(pause)
  checkTokenError(await redeem(suite, request, code), 'invalid_grant')
  if (pause === 0) return
  const { status } = await callUserinfo(suite, accessToken)
  suite.warnUnless(status >= 400 && status < 500, 'the access token of a reused code still works')
}

function checkTokenError(
  reply: { readonly status: number; readonly headers: Headers; readonly body: string },
  expected: string,
): void {
  assert.equal(reply.status, 400)
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
  const { error, error_description: description, error_uri: uri } = JSON.parse(reply.body)
  assert.equal(error, expected)
  checkErrorTexts(description, uri)
}

export const refreshToken: Module = {
  name: 'oidcc-refresh-token',
  async run(suite) {
    await refreshOnce(suite, suite.client, { scope: readRefreshScope(suite) })
    const second = await refreshOnce(suite, suite.secondClient, {
      scope: readRefreshScope(suite),
      nonce: randomText(43),
    })
    const params = { grant_type: 'refresh_token', refresh_token: second.refreshToken }
    checkTokenError(await callTokenEndpoint(suite, suite.client, params), 'invalid_grant')
  },
}

const readRefreshScope = (suite: Suite) =>
  listOf(suite, 'scopes_supported')?.includes('offline_access') ? 'openid offline_access' : 'openid'

async function refreshOnce(suite: Suite, client: Suite['client'], more: Params): Promise<Tokens> {
  const prompt = more.scope?.includes('offline_access') ? 'consent' : undefined
  const request = createRequest(suite, { ...more, prompt }, client)
  const code = readCode(await authorize(suite, request), request)
  const first = await readTokens(suite, request, await redeem(suite, request, code))
  if (first.refreshToken === undefined) throw new Skipped('no refresh token was issued')
  assert.match(first.refreshToken, /^[\x20-\x7e]+$/)
  const isFirstClient = client.id === suite.client.id
  await wait(1000)
  const reply = await callTokenEndpoint(suite, client, {
    grant_type: 'refresh_token',
    refresh_token: first.refreshToken,
    scope: isFirstClient ? more.scope : undefined,
  })
  assert.equal(reply.status, 200, reply.body)
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
  assert.match(reply.headers.get('cache-control') ?? '', /no-store/)
  const answer = JSON.parse(reply.body)
  assert.equal(String(answer.token_type).toLowerCase(), 'bearer')
  assert.match(answer.access_token, /^[\x20-\x7e]+$/)
  assert.ok(countShannonBits(answer.access_token) >= 96)
  const idToken = answer.id_token ?? first.idToken
  const { payload } = await suite.verify(idToken, client.id)
  // OpenID Connect Core 1.0 section 12.2.
  checkSame(first.claims, payload, ['iss', 'sub', 'aud', 'auth_time', 'azp'])
  if (answer.id_token !== undefined) assert.ok(Number(payload.iat) > Number(first.claims.iat))
  assert.equal((await callUserinfo(suite, answer.access_token)).status, 200)
  const next = answer.refresh_token ?? first.refreshToken
  return { accessToken: answer.access_token, idToken, claims: payload, refreshToken: next }
}
