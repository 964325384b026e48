/** The modules of `oidcc-basic-certification-test-plan`; with form_post also those of `oidcc-formpost-basic-…`. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { alternateHappyFlow, claimsEssential, scope, userinfo, userinfoPostBody } from './claims.ts'
import {
  requestObjectRedirect,
  requestUriUnsigned,
  unsignedRequestObject,
} from './request-objects.ts'
import {
  authorize,
  callUserinfo,
  checkSame,
  countShannonBits,
  createRequest,
  describe,
  isErrorPage,
  listOf,
  type Module,
  needsInterface,
  type Params,
  randomText,
  readCallback,
  readCode,
  readError,
  readTokens,
  redeem,
  runFlow,
  type Suite,
  skipUnless,
  type Tokens,
  toUrl,
} from './suite.ts'
import { codeReuse, codeReuseLater, refreshToken } from './tokens.ts'

/** Claims that an ID token may have without being asked for them. */
const unaskedClaims = [
  ...['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'azp', 'at_hash'],
  ...['c_hash', 'nbf', 'jti', 'sid', 's_hash', 'txn'],
]

/** A module that is one flow with other parameters. */
const flow = (name: string, more: Params): Module => ({
  name,
  async run(suite) {
    await runFlow(suite, createRequest(suite, more))
  },
})

const server: Module = {
  name: 'oidcc-server',
  run: (suite) => runServer(suite, createRequest(suite)),
}

async function runServer(suite: Suite, request: ReturnType<typeof createRequest>): Promise<void> {
  const code = readCode(await authorize(suite, request), request)
  assert.ok(code.length * 8 >= 128)
  assert.ok(countShannonBits(code) >= 96, 'the code has too little entropy')
  const tokens = await readTokens(suite, request, await redeem(suite, request, code))
  assert.equal((await callUserinfo(suite, tokens.accessToken)).status, 200)
  const others = Object.keys(tokens.claims).filter((name) => !unaskedClaims.includes(name))
  suite.warnUnless(others.length === 0, `the ID token has ${others.join(', ')}`)
}

const responseTypeMissing: Module = {
  name: 'oidcc-response-type-missing',
  async run(suite) {
    const request = createRequest(suite, { response_type: undefined })
    const landing = await suite.browser.go(toUrl(suite, request))
    if (landing.type === 'page') {
      return assert.ok(isErrorPage(landing), `no error at ${describe(landing)}`)
    }
    const error = readError(suite, readCallback(suite, landing), request)
    assert.ok(['invalid_request', 'unsupported_response_type'].includes(error), error)
  },
}

const idTokenSignature: Module = {
  name: 'oidcc-idtoken-signature',
  async run(suite) {
    const { idToken } = await runFlow(suite, createRequest(suite))
    const { protectedHeader } = await suite.verify(idToken, suite.client.id)
    assert.equal(protectedHeader.alg, 'RS256')
    assert.equal(typeof protectedHeader.kid, 'string')
  },
}

const idTokenUnsigned: Module = {
  name: 'oidcc-idtoken-unsigned',
  async run(suite) {
    skipUnless(listOf(suite, 'id_token_signing_alg_values_supported'), ['none'])
    assert.fail('a client without a signature has to be registered for this')
  },
}

const withoutNonce: Module = {
  name: 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow',
  async run(suite) {
    const request = createRequest(suite, { nonce: undefined })
    readCode(await authorize(suite, request), request)
  },
}

/** The password has to be asked for again. */
const loginAgain = (name: string, more: Params, pause: number): Module => ({
  name,
  async run(suite) {
    const first = await runFlow(suite, createRequest(suite))
    await wait(pause)
    const before = suite.browser.countLogins()
    const second = await runFlow(suite, createRequest(suite, more))
    assert.equal(suite.browser.countLogins(), before + 1, 'no second login')
    if (first.claims.auth_time === undefined || second.claims.auth_time === undefined) return
    assert.ok(Number(second.claims.auth_time) > Number(first.claims.auth_time))
    assert.ok(Date.now() / 1000 - Number(second.claims.auth_time) < 60)
  },
})

/** Nobody may be asked again; both ID tokens are of one authentication. */
const withoutLogin = (name: string, first: Params, second: (tokens: Tokens) => Params): Module => ({
  name,
  async run(suite) {
    const before = await runFlow(suite, createRequest(suite, first))
    const logins = suite.browser.countLogins()
    const after = await runFlow(suite, createRequest(suite, second(before)))
    assert.equal(suite.browser.countLogins(), logins, 'a second login')
    checkSame(before.claims, after.claims, ['auth_time', 'sub'])
  },
})

const promptNoneNotLoggedIn: Module = {
  name: 'oidcc-prompt-none-not-logged-in',
  async run(suite) {
    const request = createRequest(suite, { prompt: 'none', state: randomText(128) })
    const error = readError(suite, await authorize(suite, request), request)
    assert.ok(needsInterface.includes(error), error)
  },
}

const acrValues: Module = {
  name: 'oidcc-ensure-request-with-acr-values-succeeds',
  async run(suite) {
    const wanted = listOf(suite, 'acr_values_supported') ?? ['1', '2']
    const { claims } = await runFlow(suite, createRequest(suite, { acr_values: wanted.join(' ') }))
    suite.warnUnless(wanted.includes(String(claims.acr)), `acr is ${claims.acr}`)
  },
}

const registeredRedirectUri: Module = {
  name: 'oidcc-ensure-registered-redirect-uri',
  async run(suite) {
    const redirectUri = `${suite.redirectUri}/${randomText()}`
    const request = createRequest(suite, { redirect_uri: redirectUri })
    const landing = await suite.browser.go(toUrl(suite, request))
    assert.ok(isErrorPage(landing), `no error at ${describe(landing)}`)
  },
}

const postRequest: Module = {
  name: 'oidcc-ensure-post-request-succeeds',
  async run(suite) {
    const request = createRequest(suite)
    const url = suite.endpoint('authorization_endpoint')
    const landing = await suite.browser.go(url, { method: 'POST', form: request.params })
    const code = readCode(readCallback(suite, landing), request)
    await readTokens(suite, request, await redeem(suite, request, code))
  },
}

const clientSecretPost: Module = {
  name: 'oidcc-server-client-secret-post',
  run: (suite) => runServer(suite, createRequest(suite, {}, suite.postClient)),
}

const validPkce: Module = {
  name: 'oidcc-ensure-request-with-valid-pkce-succeeds',
  async run(suite) {
    const verifier = randomText(43)
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const more = { code_challenge: challenge, code_challenge_method: 'S256' }
    const request = createRequest(suite, more)
    const code = readCode(await authorize(suite, request), request)
    await readTokens(suite, request, await redeem(suite, request, code, { verifier }))
  },
}

export const basicModules: readonly Module[] = [
  server,
  responseTypeMissing,
  idTokenSignature,
  idTokenUnsigned,
  userinfo('oidcc-userinfo-get', 'GET'),
  userinfo('oidcc-userinfo-post-header', 'POST'),
  userinfoPostBody,
  withoutNonce,
  scope('oidcc-scope-profile', 'openid profile'),
  scope('oidcc-scope-email', 'openid email'),
  scope('oidcc-scope-address', 'openid address'),
  scope('oidcc-scope-phone', 'openid phone'),
  scope('oidcc-scope-all', 'openid profile email address phone'),
  alternateHappyFlow,
  flow('oidcc-display-page', { display: 'page' }),
  flow('oidcc-display-popup', { display: 'popup' }),
  loginAgain('oidcc-prompt-login', { prompt: 'login' }, 1100),
  promptNoneNotLoggedIn,
  withoutLogin('oidcc-prompt-none-logged-in', {}, () => ({ prompt: 'none' })),
  loginAgain('oidcc-max-age-1', { max_age: '1' }, 2100),
  withoutLogin('oidcc-max-age-10000', { max_age: '15000' }, () => ({ max_age: '10000' })),
  flow('oidcc-ensure-request-with-unknown-parameter-succeeds', { extra: 'foobar' }),
  withoutLogin('oidcc-id-token-hint', {}, ({ idToken }) => ({
    prompt: 'none',
    id_token_hint: idToken,
  })),
  flow('oidcc-login-hint', { login_hint: 'buffy@example.org' }),
  flow('oidcc-ui-locales', { ui_locales: 'se' }),
  flow('oidcc-claims-locales', { claims_locales: 'se' }),
  acrValues,
  codeReuse,
  codeReuseLater,
  registeredRedirectUri,
  postRequest,
  clientSecretPost,
  requestUriUnsigned,
  unsignedRequestObject,
  claimsEssential,
  requestObjectRedirect,
  refreshToken,
  validPkce,
]
