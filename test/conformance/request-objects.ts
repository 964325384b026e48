/** Modules about request objects: the server may refuse them, and has to say so. */
import assert from 'node:assert/strict'
import {
  authorize,
  createRequest,
  describe,
  isErrorPage,
  listOf,
  type Module,
  randomText,
  readCallback,
  Skipped,
  type Suite,
  skipUnless,
} from './suite.ts'

/** The suite skips what needs unsigned request objects where the server says that it takes none. */
function skipWithoutUnsignedObjects(suite: Suite): void {
  skipUnless(listOf(suite, 'request_object_signing_alg_values_supported'), ['none'])
}

export const requestUriUnsigned: Module = {
  name: 'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
  async run(suite) {
    skipWithoutUnsignedObjects(suite)
    const requestUri = `${suite.appOrigin}/request-object.jwt`
    const request = createRequest(suite, { request_uri: requestUri })
    assert.equal((await authorize(suite, request)).get('error'), 'request_uri_not_supported')
    throw new Skipped('request_uri is not supported, and said to be so')
  },
}

/** Parameters as an unsigned request object by value (OpenID Connect Core 1.0 section 6.1). */
function toRequestObject(suite: Suite, params: URLSearchParams): string {
  const claims = { ...Object.fromEntries(params), iss: params.get('client_id'), aud: suite.issuer }
  const parts = [{ alg: 'none' }, claims].map((one) =>
    Buffer.from(JSON.stringify(one)).toString('base64url'),
  )
  return `${parts.join('.')}.`
}

function withRequestObject(suite: Suite, redirectUri: string): URL {
  const request = createRequest(suite)
  const url = suite.endpoint('authorization_endpoint')
  url.search = `${new URLSearchParams({
    client_id: request.client.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: redirectUri,
    ...(suite.responseMode === 'form_post' && { response_mode: 'form_post' }),
    request: toRequestObject(suite, request.params),
  })}`
  return url
}

export const unsignedRequestObject: Module = {
  name: 'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
  async run(suite) {
    skipWithoutUnsignedObjects(suite)
    const landing = await suite.browser.go(withRequestObject(suite, suite.redirectUri))
    assert.equal(readCallback(suite, landing).get('error'), 'request_not_supported')
    throw new Skipped('request objects are not supported, and said to be so')
  },
}

export const requestObjectRedirect: Module = {
  name: 'oidcc-ensure-request-object-with-redirect-uri',
  async run(suite) {
    skipWithoutUnsignedObjects(suite)
    const bad = `${suite.redirectUri}/${randomText()}`
    const landing = await suite.browser.go(withRequestObject(suite, bad))
    assert.ok(isErrorPage(landing), `no error at ${describe(landing)}`)
  },
}
