/** The modules of `oidcc-dynamic-certification-test-plan` with the response type `code`. */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { basicModules } from './basic.ts'
import { configModules } from './config.ts'
import {
  createClientKey,
  type DynamicModule,
  type DynamicSuite,
  type Metadata,
  postRegistration,
  readRegistrationError,
  register,
} from './registration.ts'
import {
  authorize,
  callTokenEndpoint,
  callUserinfo,
  checkSame,
  createRequest,
  describe,
  isErrorPage,
  listOf,
  type Module,
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
  toUrl,
} from './suite.ts'

const findModule = (modules: readonly Module[], name: string): Module =>
  modules.find((module) => module.name === name) ?? assert.fail(name)

/** A module of another plan, with a client that registers itself. */
const again = (modules: readonly Module[], name: string): DynamicModule => ({
  name,
  async run(suite) {
    const client = await register(suite)
    const secondClient = await register(suite)
    await findModule(modules, name).run({ ...suite, client, secondClient })
  },
})

const idTokenRs256: DynamicModule = {
  name: 'oidcc-idtoken-rs256',
  async run(suite) {
    const client = await register(suite, { id_token_signed_response_alg: 'RS256' })
    const { idToken } = await runFlow(suite, createRequest(suite, {}, client))
    const { protectedHeader } = await suite.verify(idToken, client.id)
    assert.equal(protectedHeader.alg, 'RS256')
    assert.equal(typeof protectedHeader.kid, 'string')
  },
}

const idTokenUnsigned: DynamicModule = {
  name: 'oidcc-idtoken-unsigned',
  async run(suite) {
    const supported = listOf(suite, 'id_token_signing_alg_values_supported')
    if (supported?.includes('none') === false) {
      const changes = { id_token_signed_response_alg: 'none' }
      const reply = await postRegistration(suite, await createClientKey(), changes)
      assert.equal(readRegistrationError(reply), 'invalid_client_metadata')
    }
    skipUnless(supported, ['none'])
    assert.fail('a client without a signature has to be registered for this')
  },
}

const userinfoRs256: DynamicModule = {
  name: 'oidcc-userinfo-rs256',
  async run(suite) {
    assert.ok(listOf(suite, 'userinfo_signing_alg_values_supported')?.includes('RS256'))
    const client = await register(suite, { userinfo_signed_response_alg: 'RS256' })
    const request = createRequest(suite, {}, client)
    const { accessToken, claims } = await runFlow(suite, request)
    const reply = await callUserinfo(suite, accessToken)
    assert.match(reply.headers.get('content-type') ?? '', /^application\/jwt/)
    const { payload, protectedHeader } = await suite.verify(reply.body, client.id)
    assert.equal(protectedHeader.alg, 'RS256')
    assert.equal(payload.sub, claims.sub)
    assert.equal('nonce' in payload, false)
  },
}

/** The request goes nowhere but to an error page. */
const refused = (
  name: string,
  changes: (suite: Suite) => Metadata,
  params: (suite: Suite) => Params,
): DynamicModule => ({
  name,
  async run(suite) {
    const client = await register(suite, changes(suite))
    const request = createRequest(suite, params(suite), client)
    const landing = await suite.browser.go(toUrl(suite, request))
    assert.ok(isErrorPage(landing), `no error at ${describe(landing)}`)
  },
})

const withQuery = (suite: Suite, query = 'bar=foo') => `${suite.redirectUri}?${query}`

const redirectUriQuery: DynamicModule = {
  name: 'oidcc-redirect-uri-query-OK',
  async run(suite) {
    const redirectUri = withQuery(suite)
    const client = await register(suite, { redirect_uris: [redirectUri] })
    const request = createRequest(suite, { redirect_uri: redirectUri }, client)
    const sent = await authorize(suite, request)
    assert.equal(sent.get('bar'), 'foo')
    const reply = await redeem(suite, request, readCode(sent, request), { redirectUri })
    await readTokens(suite, request, reply)
  },
}

const redirectUriFragment: DynamicModule = {
  name: 'oidcc-redirect-uri-regfrag',
  async run(suite) {
    const changes = { redirect_uris: [`${suite.redirectUri}#foobar`] }
    const error = readRegistrationError(
      await postRegistration(suite, await createClientKey(), changes),
    )
    suite.warnUnless(['invalid_redirect_uri', 'invalid_client_metadata'].includes(error), error)
  },
}

const discovery: DynamicModule = {
  name: 'oidcc-discovery-endpoint-verification',
  async run(suite) {
    await findModule(configModules, this.name).run(suite)
    assert.equal(suite.endpoint('registration_endpoint').protocol, 'https:')
    const types = listOf(suite, 'response_types_supported') ?? []
    for (const type of ['code', 'id_token', 'token id_token']) {
      const isThere = types.includes(type) || types.includes(type.split(' ').reverse().join(' '))
      suite.failUnless(isThere, `response_types_supported lacks ${type}`)
    }
    const grants = listOf(suite, 'grant_types_supported')
    for (const grant of ['authorization_code', 'implicit']) {
      suite.failUnless(grants?.includes(grant) !== false, `grant_types_supported lacks ${grant}`)
    }
  },
}

/** Where the suite wants a picture of the login page with this on it. */
const shows = (name: string, member: string, isShown: (html: string, url: string) => boolean) => ({
  name,
  async run(suite: DynamicSuite) {
    const url = suite.registration.documents.publish(`/${name}`, {})
    const client = await register(suite, { [member]: url })
    const page = await suite.browser.look(toUrl(suite, createRequest(suite, {}, client)))
    assert.ok(page.type === 'page' && page.status === 200, describe(page))
    assert.match(page.html, /name="password"/)
    suite.failUnless(isShown(page.html, url), `the login page does not show ${member}`)
  },
})

const hasLink = (html: string, url: string) => html.includes(`href="${url}"`)
const hasPicture = (html: string, url: string) => html.includes(`src="${url}"`)

const jwksUri = (suite: DynamicSuite, jwks: unknown) =>
  suite.registration.documents.publish(`/${randomText()}/client1_jwks`, jwks)

const registrationJwksUri: DynamicModule = {
  name: 'oidcc-registration-jwks-uri',
  async run(suite) {
    const key = await createClientKey()
    const changes = { jwks: undefined, jwks_uri: jwksUri(suite, key.jwks) }
    const client = await register(suite, changes, key)
    await runFlow(suite, createRequest(suite, {}, client))
  },
}

const publishSector = (suite: DynamicSuite, addresses: readonly string[]): Metadata => ({
  subject_type: 'pairwise',
  sector_identifier_uri: suite.registration.documents.publish(
    `/${randomText()}/redirect_uris.json`,
    addresses,
  ),
})

const sectorUri: DynamicModule = {
  name: 'oidcc-registration-sector-uri',
  async run(suite) {
    skipUnless(listOf(suite, 'subject_types_supported') ?? [], ['pairwise'])
    await register(suite, publishSector(suite, [suite.redirectUri]))
  },
}

const sectorBad: DynamicModule = {
  name: 'oidcc-registration-sector-bad',
  async run(suite) {
    skipUnless(listOf(suite, 'subject_types_supported') ?? [], ['pairwise'])
    const changes = publishSector(suite, [`${suite.redirectUri}/invalid`])
    const error = readRegistrationError(
      await postRegistration(suite, await createClientKey(), changes),
    )
    suite.warnUnless(error === 'invalid_client_metadata', error)
  },
}

async function fetchSigningKeys(suite: Suite): Promise<ReadonlyMap<string, string>> {
  const { status, body } = await suite.send(suite.endpoint('jwks_uri'))
  assert.equal(status, 200)
  const { keys } = JSON.parse(body) as { keys: Record<string, string>[] }
  return new Map(keys.map(({ kid = '', n, x }) => [kid, `${n ?? x}`]))
}

const rotateKeys: DynamicModule = {
  name: 'oidcc-server-rotate-keys',
  async run(suite) {
    const before = await fetchSigningKeys(suite)
    await suite.registration.rotateKeys()
    let after = before
    // The person who starts the suite's second half waits for as long.
    for (let tries = 0; tries < 60 && after.size === before.size; tries += 1) {
      await wait(500)
      after = await fetchSigningKeys(suite)
    }
    const added = [...after].filter(([kid]) => !before.has(kid))
    assert.ok(added.length > 0, 'no new key')
    for (const [, value] of added) assert.equal([...before.values()].includes(value), false)
    for (const kid of before.keys()) suite.warnUnless(after.has(kid), 'an earlier key is gone')
  },
}

/** The suite's default: some providers load keys of a client once a minute. */
const jwksRefreshDelay = 60_000

const clientKeyRotation: DynamicModule = {
  name: 'oidcc-refresh-token-rp-key-rotation',
  async run(suite) {
    const path = `/${randomText()}/client1_jwks`
    const { documents } = suite.registration
    const key = await createClientKey()
    const changes = {
      jwks: undefined,
      jwks_uri: documents.publish(path, key.jwks),
      grant_types: ['authorization_code', 'refresh_token'],
    }
    const client = await register(suite, changes, key)
    const params = { scope: 'openid offline_access', prompt: 'consent' }
    const request = createRequest(suite, params, client)
    const code = readCode(await authorize(suite, request), request)
    const first = await readTokens(suite, request, await redeem(suite, request, code))
    assert.match(first.refreshToken ?? '', /^[\x20-\x7e]+$/)
    const next = await createClientKey()
    documents.publish(path, next.jwks)
    await wait(jwksRefreshDelay)
    const { sign } = next
    const reply = await callTokenEndpoint(
      suite,
      { ...client, sign },
      { grant_type: 'refresh_token', refresh_token: first.refreshToken },
    )
    assert.equal(reply.status, 200, reply.body)
    const answer = JSON.parse(reply.body)
    if (answer.id_token !== undefined) {
      const { payload } = await suite.verify(answer.id_token, client.id)
      checkSame(first.claims, payload, ['iss', 'sub', 'aud', 'auth_time', 'azp'])
    }
    assert.equal((await callUserinfo(suite, answer.access_token)).status, 200)
  },
}

const notSupported = 'request_uri_not_supported'

/** A request object by reference. The server says that it takes none, and then the suite fails. */
const requestUri = (name: string, changes: Metadata): DynamicModule => ({
  name,
  async run(suite) {
    const uri = suite.registration.documents.publish(`/${randomText()}/request.jwt`, '')
    const client = await register(suite, { ...changes, request_uris: [`${uri}#${randomText()}`] })
    const request = createRequest(suite, { request_uri: uri }, client)
    const landing = await suite.browser.go(toUrl(suite, request))
    // It may show an error of its own where nobody is logged in (RFC 9700 section 4.11.2).
    if (landing.type === 'page') assert.ok(isErrorPage(landing), describe(landing))
    else assert.equal(readError(suite, readCallback(suite, landing), request), notSupported)
    const isSupported = suite.metadata.request_uri_parameter_supported !== false
    suite.failUnless(isSupported, 'request_uri_parameter_supported is false')
  },
})

const assertionForIssuer: DynamicModule = {
  name: 'oidcc-ensure-client-assertion-with-iss-aud-succeeds',
  async run(suite) {
    const client = await register(suite)
    const request = createRequest(suite, {}, { ...client, audience: suite.issuer })
    const code = readCode(await authorize(suite, request), request)
    await readTokens(suite, request, await redeem(suite, request, code))
  },
}

export const dynamicModules: readonly DynamicModule[] = [
  idTokenRs256,
  idTokenUnsigned,
  userinfoRs256,
  refused(
    'oidcc-ensure-redirect-uri-in-authorization-request',
    (suite) => ({ redirect_uris: [suite.redirectUri, 'https://example.org/redirect'] }),
    () => ({ redirect_uri: undefined }),
  ),
  redirectUriQuery,
  refused(
    'oidcc-redirect-uri-query-mismatch',
    (suite) => ({ redirect_uris: [withQuery(suite)] }),
    (suite) => ({ redirect_uri: withQuery(suite, 'a=b') }),
  ),
  refused(
    'oidcc-redirect-uri-query-added',
    () => ({}),
    (suite) => ({ redirect_uri: withQuery(suite) }),
  ),
  redirectUriFragment,
  discovery,
  again(basicModules, 'oidcc-server'),
  shows('oidcc-registration-logo-uri', 'logo_uri', hasPicture),
  shows('oidcc-registration-policy-uri', 'policy_uri', hasLink),
  shows('oidcc-registration-tos-uri', 'tos_uri', hasLink),
  registrationJwksUri,
  sectorUri,
  sectorBad,
  rotateKeys,
  clientKeyRotation,
  requestUri('oidcc-request-uri-unsigned', {}),
  requestUri('oidcc-request-uri-signed-rs256', { request_object_signing_alg: 'RS256' }),
  again(basicModules, 'oidcc-ensure-request-object-with-redirect-uri'),
  again(basicModules, 'oidcc-refresh-token'),
  assertionForIssuer,
]
