// Attacks by an app that registered itself, or on one.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { signInOn, start } from '../../../dev/test-support/oidc-server.ts'
import { appAddress, openRegistrations } from '../../../dev/test-support/registrations.ts'
import type { GuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import { createGuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import { findSectorProblem } from './sector.ts'

async function startOpen(t: TestContext) {
  const server = await start(t, undefined, true)
  return { server, ...openRegistrations(server) }
}

async function readPage(response: Response | undefined): Promise<Record<string, string>> {
  assert.ok(response)
  return (await response.json()) as Record<string, string>
}

test('A34: the server loads no address of a registration during registration or login', async (t) => {
  const open = await startOpen(t)
  const asked: (string | undefined)[] = []
  const trap = createServer((req, res) => {
    asked.push(req.url)
    res.end('[]')
  }).listen(0, '127.0.0.1')
  await once(trap, 'listening')
  t.after(() => void trap.close())
  const address = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/trap`
  const { secret } = await open.issue({ uses: 50 })
  const names = ['logo_uri', 'client_uri', 'policy_uri', 'tos_uri', 'sector_identifier_uri']
  for (const name of [...names, 'initiate_login_uri', 'jwks_uri', 'backchannel_logout_uri']) {
    await open.post(secret, { redirect_uris: [appAddress], [name]: address })
    await open.post(secret, { redirect_uris: [address], [name]: address })
  }
  const { begin } = await open.registerPublic({
    request_uris: [address],
    logo_uri: 'https://app.example.org/logo.png',
    software_statement: address,
  })
  await createBrowser().fetch(begin({ request_uri: address }))
  await createBrowser().fetch(begin())
  assert.deepEqual(asked, [])
})

test('A34: the server calls no internal address of an app that registered itself, until it is adopted', async (t) => {
  const open = await startOpen(t)
  const { server } = open
  const asked: (string | undefined)[] = []
  const house = createServer((req, res) => {
    asked.push(req.url)
    res.end('{"keys":[]}')
  }).listen(0, '127.0.0.1')
  await once(house, 'listening')
  t.after(() => void house.close())
  const inside = `http://127.0.0.1:${(house.address() as AddressInfo).port}`
  const { client_id: id } = await open.register({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: `${inside}/jwks`,
    backchannel_logout_uri: `${inside}/logout`,
  })
  // It has no key of ours, so that the keys of the app are looked for.
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const aud = server.oidc.issuer
  const call = async (jti: string) => {
    const claims = { iss: id, sub: id, aud, jti, exp: Math.floor(Date.now() / 1000) + 60 }
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    const assertion = `${encode({ alg: 'ES256' })}.${encode(claims)}.${'A'.repeat(86)}`
    await fetch(`${aud}/token/revocation`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ token: 'x', client_assertion_type: type, client_assertion: assertion },
      }),
    })
    const participant = {
      sessionId: 'ses_1',
      userId: 'usr_1',
      appId: id,
      protocol: 'oidc',
      data: {},
    }
    const channel = await server.oidc.findLogoutChannel(participant as never)
    assert.ok(channel.type === 'back_channel')
    return await channel.notify()
  }
  assert.equal((await call('one')).type, 'later')
  assert.deepEqual(asked, [])
  await open.operations.adopt(open.administrator, id)
  assert.equal((await call('two')).type, 'sent')
  assert.deepEqual(asked, ['/jwks', '/logout'])
})

test('A34: a sector document in an internal network is loaded only if the registration token allows it', async (t) => {
  const open = await startOpen(t)
  let asked = 0
  const house = createServer((_req, res) => {
    asked += 1
    res.end('[]')
  }).listen(0, '127.0.0.1')
  await once(house, 'listening')
  t.after(() => void house.close())
  const { port } = house.address() as AddressInfo
  const register = async (terms: Readonly<Record<string, unknown>>) => {
    const { secret } = await open.issue({ terms })
    const answer = await open.post(secret, {
      ...{ redirect_uris: [appAddress], subject_type: 'pairwise' },
      sector_identifier_uri: `https://127.0.0.1:${port}/sector.json`,
    })
    assert.equal(answer.status, 400)
  }
  // The server speaks no TLS, so that there is only the attempt of a connection.
  house.on('clientError', () => {
    asked += 1
  })
  await register({})
  assert.equal(asked, 0)
  await register({ sectorInAppNetworks: true })
  assert.ok(asked > 0)
})

test('A34: a sector document is refused if it is internal, a redirect, or not a list with all addresses', async () => {
  const settings = (host: string) => ({
    redirectUris: [appAddress],
    sectorIdentifierUri: `https://${host}/list.json`,
  })
  const guarded = createGuardedFetch({ networks: [] })
  const inside = [
    '127.0.0.1',
    'localhost',
    '10.0.0.1',
    '169.254.169.254',
    '[::1]',
    '[::ffff:a00:1]',
  ]
  for (const host of inside) {
    const problem = await findSectorProblem(guarded, settings(host))
    assert.equal(problem?.error, 'invalid_client_metadata', host)
  }
  const answer =
    (body: string, status = 200): GuardedFetch =>
    async () =>
      new Response(body, { status, headers: { location: 'https://10.0.0.1/' } })
  const bad = [
    ...[answer('{}'), answer('<html>'), answer('[]'), answer('null'), answer('["x"]')],
    ...[answer(`["${appAddress}/"]`), answer(`["${appAddress}"]`, 302), answer(`"${appAddress}"`)],
    ...[answer(`["${appAddress}"]`, 500)],
  ]
  for (const fetchBad of bad) assert.ok(await findSectorProblem(fetchBad, settings('a.example')))
  const good = answer(`["https://other.example/", "${appAddress}"]`)
  assert.equal(await findSectorProblem(good, settings('a.example')), undefined)
})

test('A27: an error or a logout without a session does not redirect to an app that registered itself', async (t) => {
  const open = await startOpen(t)
  const { begin, id } = await open.registerPublic({ post_logout_redirect_uris: [appAddress] })
  const errors = [{ prompt: 'none' }, { scope: 'openid nothing', prompt: 'none' }, { claims: '{' }]
  const anonymous = createBrowser()
  for (const more of [...errors, { request: 'x' }, { request_uri: 'https://a.example/' }]) {
    const { url, response } = await anonymous.open(begin(more), appAddress)
    assert.equal(response?.status, 400, url.href)
    const page = await readPage(response)
    assert.equal(page.place, 'app.example.org')
    assert.match(page.url ?? '', /^https:\/\/app\.example\.org\/callback\?error=/)
  }
  const posted = await anonymous.open(
    begin({ prompt: 'none', response_mode: 'form_post' }),
    appAddress,
  )
  assert.equal((await readPage(posted.response)).url, appAddress)
  const end = new URL(`${open.server.oidc.issuer}/session/end`)
  end.search = `${new URLSearchParams({ client_id: id, post_logout_redirect_uri: appAddress })}`
  assert.equal((await anonymous.open(end, appAddress)).response?.status, 400)
  // In a frame the app gets the error as usual, because the user sees no address there.
  const headers = { 'sec-fetch-dest': 'iframe' }
  const framed = await anonymous.fetch(begin({ prompt: 'none' }), { headers })
  assert.match(framed.headers.get('location') ?? '', /\?error=login_required/)
  // An app of an administrator gets it at once.
  await open.operations.adopt(open.administrator, id)
  const answered = await anonymous.open(begin({ prompt: 'none' }), appAddress)
  assert.equal(answered.url.searchParams.get('error'), 'login_required')
})

test('A27: no spelling of an address makes an error or a logout redirect to an app that registered itself', async (t) => {
  const open = await startOpen(t)
  const written = {
    web: [
      ...['https://EVIL.example/up', 'HTTPS://evil.example/cb', 'https://evil.example:443/cb'],
      ...['https://evil.example/a/../cb', 'https:evil.example', 'https:\\\\evil.example\\cb'],
      ...['https://evil.example/"x', 'https://evil.example/cb?q=a%20b', 'https://evil.example'],
      ...['https://evil.example/cb?code=x', 'https://evil.example/cb?state=x&code=y'],
    ],
    native: ['COM.example.app:/cb', 'com.example.app:/a/../cb', 'http://127.1/cb'],
  }
  const anonymous = createBrowser()
  for (const [type, addresses] of Object.entries(written)) {
    const { begin, id } = await open.registerPublic({
      application_type: type,
      redirect_uris: addresses,
      post_logout_redirect_uris: addresses,
    })
    for (const address of addresses) {
      const wish = { redirect_uri: address, prompt: 'none', state: 'x' }
      for (const mode of ['query', 'fragment', 'form_post', 'jwt', 'form_post.jwt']) {
        const answer = await anonymous.fetch(begin({ ...wish, response_mode: mode }))
        assert.equal(answer.status, 400, `${mode} ${address}`)
        assert.ok((await readPage(answer)).place, address)
      }
      const query = new URLSearchParams({ client_id: id, post_logout_redirect_uri: address })
      const end = await anonymous.fetch(`${open.server.oidc.issuer}/session/end?${query}`)
      assert.equal(end.status, 400, `logout ${address}`)
    }
  }
})

test('A27: an error of a pushed request does not redirect to an app that registered itself, also as a form', async (t) => {
  const open = await startOpen(t)
  const { begin, id } = await open.registerPublic()
  for (const mode of ['query', 'form_post', 'query.jwt', 'form_post.jwt']) {
    const { searchParams } = new URL(begin({ prompt: 'none', response_mode: mode }))
    const pushed = await fetch(`${open.server.oidc.issuer}/request`, {
      ...{ method: 'POST', body: searchParams },
    })
    const { request_uri: uri = '' } = await readPage(pushed)
    const query = new URLSearchParams({ client_id: id, request_uri: uri })
    const answer = await createBrowser().fetch(`${open.server.oidc.issuer}/auth?${query}`)
    assert.equal(answer.status, 400, mode)
    assert.equal((await readPage(answer)).place, 'app.example.org')
  }
})

test('A27: a login that was cancelled does not redirect to an app that registered itself, and one declined on its page does', async (t) => {
  const open = await startOpen(t)
  const { begin } = await open.registerPublic()
  for (const mode of ['query', 'fragment', 'form_post', 'jwt', 'form_post.jwt']) {
    const browser = createBrowser()
    const page = await browser.open(begin({ response_mode: mode }), appAddress)
    const signed = page.url.searchParams.get('continue') ?? ''
    const { cancelTo = '' } = open.server.continuations.open(signed) ?? {}
    const held = await browser.open(`${open.server.origin}${cancelTo}`, appAddress)
    assert.equal(held.response?.status, 400, mode)
    const { place, url = '' } = await readPage(held.response)
    assert.equal(place, 'app.example.org')
    assert.equal(new URL(url).host, 'app.example.org')
  }
  const { browser } = await signInOn(open.server)
  const asked = await browser.open(begin(), appAddress)
  const { cancelUrl } = await readPage(asked.response)
  const declined = await browser.open(`${open.server.origin}${cancelUrl}`, appAddress)
  assert.equal(declined.url.searchParams.get('error'), 'access_denied')
})

test('A27: a logout with an ID token of another login does not redirect to an app that registered itself', async (t) => {
  const open = await startOpen(t)
  const { browser } = await signInOn(open.server)
  const bye = 'https://app.example.org/bye'
  const { begin, id } = await open.registerPublic({ post_logout_redirect_uris: [bye] })
  const asks = await readPage((await browser.open(begin(), appAddress)).response)
  const { origin, oidc } = open.server
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const allow = { method: 'POST', headers, body: '' }
  const onward = await readPage(await browser.fetch(`${origin}${asks.action}`, allow))
  const back = await browser.open(new URL(String(onward.url), origin), appAddress)
  const answer = await fetch(`${oidc.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: 'authorization_code', client_id: id, redirect_uri: appAddress },
      code: back.url.searchParams.get('code') ?? '',
      // That of the challenge, both from RFC 7636 appendix B.
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    }),
  })
  const { id_token: hint = '' } = await readPage(answer)
  const query = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: bye })
  const end = `${oidc.issuer}/session/end?${query}`
  const held = await createBrowser().fetch(end)
  assert.equal(held.status, 400)
  assert.equal((await readPage(held)).url, bye)
  const other = createBrowser()
  await open.server.logIn(other, (await open.server.addUser('mallory')).id)
  const asked = await other.fetch(end)
  assert.equal(asked.headers.get('location'), null)
  assert.equal(asked.status, 200, 'asks whether to log out')
  // The browser of that very login is logged out, and sees where this would lead on.
  const ended = await readPage(await browser.fetch(end))
  assert.deepEqual([ended.url, ended.place, ended.isLoggedOut], [bye, 'app.example.org', true])
  assert.equal((await browser.fetch(end)).status, 400)
  await open.operations.adopt(open.administrator, id)
  assert.equal((await createBrowser().fetch(end)).headers.get('location'), bye)
})

test('A24: another user or a foreign form cannot give the consent of a user', async (t) => {
  const open = await startOpen(t)
  const { browser } = await signInOn(open.server)
  const { begin } = await open.registerPublic()
  const asked = await browser.open(begin(), appAddress)
  const { action } = await readPage(asked.response)
  const url = `${open.server.origin}${action}`
  const post = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  const attacker = createBrowser()
  await open.server.logIn(attacker, (await open.server.addUser('mallory')).id)
  const foreign = await attacker.fetch(url, { ...post, body: '' })
  assert.deepEqual(await foreign.json(), { isSignedIn: true })
  const json = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }
  assert.equal((await browser.fetch(url, json)).status, 415)
  for (const step of ['', '/cancel', '/continue', '/refused']) {
    const other = url.replace(/\/allow\?/, `${step}?`)
    assert.equal((await browser.fetch(other, { ...post, body: '' })).status, 405, step)
  }
  assert.equal((await browser.open(begin(), appAddress)).response?.status, 200, 'still asks')
})

test('A27: the page of a request that is over has no link to an app that registered itself', async (t) => {
  const open = await startOpen(t)
  const start = 'https://app.example.org/begin'
  const { id } = await open.registerPublic({ client_name: 'Chess', initiate_login_uri: start })
  const over = `${open.server.origin}/sso/oidc/abc?app=${id}`
  assert.deepEqual(await readPage(await createBrowser().fetch(over)), { isSignedIn: false })
  const { browser } = await signInOn(open.server)
  assert.deepEqual(await readPage(await browser.fetch(over)), { isSignedIn: true })
  await open.operations.adopt(open.administrator, id)
  const { app } = await readPage(await browser.fetch(over))
  const startUrl = `${start}?iss=${encodeURIComponent(open.server.oidc.issuer)}`
  assert.deepEqual(app, { name: 'Chess', startUrl })
})

test('CVE-2024-38371: an app that registered itself can use only the code flow', async (t) => {
  const open = await startOpen(t)
  const { client_id: id, client_secret: secret } = await open.register({ client_name: 'Chess' })
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  const { issuer } = open.server.oidc
  const notAllowed = / is not allowed for this client$/
  const ask = async (path: string, body: Record<string, string>) => {
    const form = new URLSearchParams(body)
    const answer = await fetch(`${issuer}${path}`, {
      ...{ method: 'POST', headers: { authorization }, body: form },
    })
    return (await readPage(answer)).error_description ?? ''
  }
  assert.match(await ask('/device/auth', { scope: 'openid' }), notAllowed)
  const phone = { scope: 'openid', login_hint: 'erika' }
  assert.match(await ask('/backchannel', phone), notAllowed)
  assert.match(await ask('/token', { grant_type: 'client_credentials' }), notAllowed)
  const device = 'urn:ietf:params:oauth:grant-type:device_code'
  assert.match(await ask('/token', { grant_type: device, device_code: 'x' }), notAllowed)
})

test('A33: a pushed request of an app that registered itself also asks the user for consent', async (t) => {
  const open = await startOpen(t)
  const { browser } = await signInOn(open.server)
  const { begin, id } = await open.registerPublic()
  const { searchParams } = new URL(begin())
  const pushed = await fetch(`${open.server.oidc.issuer}/request`, {
    ...{ method: 'POST', body: searchParams },
  })
  const { request_uri: uri } = (await pushed.json()) as { request_uri: string }
  const query = new URLSearchParams({ client_id: id, request_uri: uri })
  const asked = await browser.open(`${open.server.oidc.issuer}/auth?${query}`, appAddress)
  assert.equal(asked.response?.status, 200)
  assert.equal((await readPage(asked.response)).place, 'app.example.org')
})
