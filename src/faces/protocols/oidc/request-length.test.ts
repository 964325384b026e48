import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import {
  start,
  startSignedIn,
  startTestServer,
  type TestServer,
} from '../../../dev/test-support/oidc-server.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { appAddress, openRegistrations } from '../../../dev/test-support/registrations.ts'
import { minutes } from '../../../platform/kernel/clock.ts'

async function recordsOf({ db }: TestServer) {
  return await db.selectFrom('oidc_records').select(['model', 'payload', 'expires_at']).execute()
}

/** As a broker or ASP.NET Core would send it. */
const longState = 'CfDJ8'.padEnd(4096, 'x')

test('a request that is too long is refused and not stored (A37)', async (t) => {
  const server = await start(t)
  const mail = await server.addApp({ id: 'mail' })
  const tooLong = [{ state: `${longState}x` }, { state: 'ü'.repeat(2049) }]
  for (const extra of tooLong) {
    const response = await fetch((await mail.begin(extra)).url, { redirect: 'manual' })
    assert.equal(response.status, 400)
    assert.equal(await response.text(), 'error page: invalid_request')
  }
  const answeredToTheApp = [
    { nonce: 'n'.repeat(1025) },
    { login_hint: 'h'.repeat(8192) },
    { state: longState, login_hint: 'h'.repeat(4000) },
  ]
  for (const extra of answeredToTheApp) {
    const { url, checks } = await mail.begin(extra)
    const { headers } = await fetch(url, { redirect: 'manual' })
    const answer = new URL(headers.get('Location') ?? '')
    assert.equal(`${answer.origin}${answer.pathname}`, mail.redirectUri)
    assert.equal(answer.searchParams.get('error'), 'invalid_request')
    assert.equal(answer.searchParams.get('state'), url.searchParams.get('state'))
    assert.ok(checks)
  }
  assert.deepEqual(await recordsOf(server), [])
})

const pkce = {
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
}

/** `tv` has no secret, and asks by pushed requests and as a device. */
async function addPublicApp(server: TestServer) {
  await server.apps.create(server.db, {
    ...{ id: 'tv', name: 'Television', policy: { secondFactor: 'none' } },
    settings: {
      redirectUris: [appAddress],
      grants: ['device_code'],
      tokenEndpointAuthMethod: 'none',
    },
  })
  const { issuer } = server.oidc
  const send = (path: string, body: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: { 'X-Forwarded-For': '2001:db8::1', ...headers },
      body: new URLSearchParams({ client_id: 'tv', scope: 'openid', ...body }),
    })
  return {
    askAsDevice: (more: Record<string, string>) => send('/device/auth', more),
    push: (more: Record<string, string> = {}, headers?: Record<string, string>) =>
      send(
        '/request',
        { redirect_uri: appAddress, response_type: 'code', ...pkce, ...more },
        headers,
      ),
  }
}

/** Sends until a request is not stored. */
async function sendUntilRefused(send: () => Promise<Response>) {
  for (let sent = 0; sent < 400; sent += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, send))
    const refused = answers.find(({ status }) => status !== 201)
    if (refused !== undefined) return refused
  }
  throw new Error('all of them were stored')
}

test('A37: a pushed request or a device request that is too long is refused and not stored', async (t) => {
  const server = await start(t)
  const { askAsDevice, push } = await addPublicApp(server)
  const proof = await createProofs(server)
  const long = 'x'.repeat(50_000)
  const answers = [
    await push({ state: long }),
    await push({ state: `${longState}x` }, { DPoP: await proof() }),
    await push({ nonce: 'n'.repeat(1025) }),
    await push({ login_hint: long }),
    await askAsDevice({ scope: `openid ${long}` }),
    await askAsDevice({ acr_values: long }),
    await askAsDevice({ claims: JSON.stringify({ id_token: { [long]: null } }) }),
  ]
  for (const answer of answers) {
    assert.equal(answer.status, 400)
    assert.equal((await answer.json()).error, 'invalid_request')
  }
  assert.deepEqual(await recordsOf(server), [])
  assert.equal((await push({ state: longState })).status, 201)
})

/** Proofs of one key for pushed requests (RFC 9449). */
async function createProofs({ oidc: { issuer } }: TestServer) {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  return () =>
    new SignJWT({ htm: 'POST', htu: `${issuer}/request`, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey)
}

test('A37: pushed requests above the limit are not stored, nor their DPoP proofs, also with prompt=none', async (t) => {
  for (const more of [{}, { prompt: 'none' }]) {
    const server = await start(t)
    const { push } = await addPublicApp(server)
    const refused = await sendUntilRefused(() => push(more))
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('Retry-After')) > 0)
    const before = (await recordsOf(server)).length
    const proof = await createProofs(server)
    const proofs = await Promise.all([proof(), proof(), proof(), proof(), proof(), proof()])
    const answers = await Promise.all(proofs.map((DPoP) => push(more, { DPoP })))
    const stored = answers.filter(({ status }) => status === 201).length
    assert.ok(stored < proofs.length)
    assert.equal((await recordsOf(server)).length, before + 2 * stored)
  }
})

test('A37: an app that registered itself can push 120 requests a minute, and more after it is adopted', async (t) => {
  const server = await start(t, undefined, true)
  const { register, operations, administrator } = openRegistrations(server)
  const { client_id: id, client_secret: secret } = await register()
  let sent = 0
  const push = () => {
    sent += 1
    return fetch(`${server.oidc.issuer}/request`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'X-Forwarded-For': `192.0.2.${sent % 250}`,
      },
      body: new URLSearchParams({
        ...{ client_id: id, redirect_uri: appAddress, response_type: 'code', scope: 'openid' },
        ...pkce,
      }),
    })
  }
  const refused = await sendUntilRefused(push)
  assert.equal(refused.status, 429)
  assert.equal((await refused.json()).error, 'temporarily_unavailable')
  assert.ok((await recordsOf(server)).length >= 120)
  await operations.adopt(administrator, id)
  const answers = await Promise.all(Array.from({ length: 20 }, push))
  assert.ok(answers.every(({ status }) => status === 201))
})

test('A37: a request that repeats a resource is refused and not stored', async (t) => {
  const server = await start(t)
  const uri = `https://api.example/${'a'.repeat(30)}`
  const settings = {
    redirectUris: [appAddress],
    grants: ['device_code'],
    tokenEndpointAuthMethod: 'none',
    resources: { [uri]: 'read' },
  }
  await server.apps.create(server.db, { id: 'tv', name: 'Television', settings })
  const write = (times: number) => {
    const body = new URLSearchParams({ client_id: 'tv', scope: 'openid', response_type: 'code' })
    for (const [name, value] of Object.entries({ redirect_uri: appAddress, ...pkce })) {
      body.set(name, value)
    }
    for (let time = 0; time < times; time += 1) body.append('resource', uri)
    return body
  }
  for (const times of [2, 220]) {
    for (const path of ['/request', '/device/auth']) {
      const address = `${server.oidc.issuer}${path}`
      const answer = await fetch(address, { method: 'POST', body: write(times) })
      assert.equal(answer.status, 400)
      const error = times === 2 ? 'invalid_target' : /^invalid_(target|request)$/
      assert.match((await answer.json()).error, new RegExp(error))
    }
  }
  const asked = await fetch(`${server.oidc.issuer}/auth?${write(2)}`, { redirect: 'manual' })
  assert.match(asked.headers.get('Location') ?? '', /error=invalid_target/)
  assert.deepEqual(await recordsOf(server), [])
  const address = `${server.oidc.issuer}/request`
  assert.equal((await fetch(address, { method: 'POST', body: write(1) })).status, 201)
})

/** The key of an app, and a function that sends requests with client assertions of this key. */
async function createKeyOf({ oidc: { issuer } }: TestServer) {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] }
  const send = async (path: string, id: string, lifetime = 60, headers = {}) => {
    const assertion = await new SignJWT({ iss: id, sub: id, aud: issuer, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
      .sign(privateKey)
    return await fetch(`${issuer}${path}`, {
      ...{ method: 'POST', headers },
      body: new URLSearchParams({
        ...{ grant_type: 'authorization_code', code: 'x', redirect_uri: appAddress, token: 'x' },
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    })
  }
  return { jwks, send }
}

test('A37: an app that registered itself has one limit of client assertions for all endpoints, until adopted', async (t) => {
  const server = await start(t, undefined, true)
  const { register, operations, administrator } = openRegistrations(server)
  const { jwks, send } = await createKeyOf(server)
  const { client_id: id } = await register({ token_endpoint_auth_method: 'private_key_jwt', jwks })
  const paths = ['/token', '/token/revocation']
  const answers: Response[] = []
  const listRefused = () => answers.filter(({ status }) => status === 429)
  while (listRefused().length === 0 && answers.length < 500) {
    const twenty = Array.from({ length: 10 }, () => paths).flat()
    answers.push(...(await Promise.all(twenty.map((path) => send(path, id)))))
  }
  const [refused, ...others] = listRefused()
  assert.ok(Number(refused?.headers.get('Retry-After')) > 0)
  assert.equal((await recordsOf(server)).length, answers.length - others.length - 1)
  await operations.adopt(administrator, id)
  assert.equal((await send('/token/revocation', id)).status, 200)
})

test('A37: an address with too many wrong signatures for an app is refused; other addresses and apps are not', async (t) => {
  const server = await start(t)
  const { jwks, send } = await createKeyOf(server)
  const forger = await createKeyOf(server)
  for (const id of ['app', 'other']) {
    const settings = { redirectUris: [appAddress], jwks: JSON.stringify(jwks) }
    await server.apps.create(server.db, { id, name: 'App', settings: settings as never })
  }
  const forge = (id: string, address: string) =>
    forger.send('/token/revocation', id, 60, { 'X-Forwarded-For': address })
  const statuses: number[] = []
  for (let sent = 0; sent < 140; sent += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => forge('app', '192.0.2.7')))
    statuses.push(...answers.map(({ status }) => status))
  }
  const refused = statuses.filter((status) => status === 429).length
  assert.ok(refused >= 10 && refused <= 20, `${refused}`)
  assert.ok(statuses.every((status) => status === 429 || status === 401))
  const right = (id: string, address: string) =>
    send('/token/revocation', id, 60, { 'X-Forwarded-For': address })
  for (let time = 0; time < 130; time += 1) {
    assert.equal((await right('app', '192.0.2.8')).status, 200)
  }
  assert.equal((await right('other', '192.0.2.7')).status, 200)
})

test('A32: a client assertion that is valid for more than an hour is refused and not stored', async (t) => {
  const server = await start(t)
  const { jwks, send } = await createKeyOf(server)
  const settings = { redirectUris: [appAddress], jwks: JSON.stringify(jwks) }
  await server.apps.create(server.db, { id: 'app', name: 'App', settings: settings as never })
  const answer = await send('/token/revocation', 'app', 2 * 60 * 60)
  assert.deepEqual([answer.status, (await answer.json()).error], [401, 'invalid_client'])
  assert.deepEqual(await recordsOf(server), [])
  assert.equal((await send('/token/revocation', 'app', 60 * 60)).status, 200)
})

test('the longest state that apps send is returned unchanged', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await browser.open((await mail.begin({ state: longState })).url, mail.redirectUri)
  assert.ok(url.searchParams.has('code'))
  assert.equal(url.searchParams.get('state'), longState)
})

test('a request is stored for half an hour', async (t) => {
  const server = await start(t)
  const mail = await server.addApp({ id: 'mail' })
  const before = Date.now()
  await createBrowser().fetch((await mail.begin()).url)
  const [record, ...more] = await recordsOf(server)
  assert.equal(more.length, 0)
  assert.equal(record?.model, 'Interaction')
  assert.ok(Math.abs(Number(record?.expires_at) - before - minutes(30)) < minutes(1))
})

onEachEngine((engine) => {
  test(`logins of an address above the limit are not stored (A37) (${engine.name})`, async (t) => {
    const server = await startTestServer(t, await engine.open(t))
    const mail = await server.addApp({ id: 'mail' })
    const { url } = await mail.begin()
    const begin = (address: string, more = '') =>
      fetch(`${url}${more}`, { redirect: 'manual', headers: { 'X-Forwarded-For': address } })
    let begun = 0
    let refused: Response | undefined
    while (refused === undefined) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => begin('2001:db8::1')))
      begun += answers.filter(({ status }) => status === 303).length
      refused = answers.find(({ status }) => status !== 303)
    }
    assert.ok(begun >= 120)
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('Location'), null)
    assert.ok(Number(refused.headers.get('Retry-After')) > 0)
    assert.equal(await refused.text(), 'too many')
    assert.equal((await recordsOf(server)).length, begun)

    const silent = await begin('2001:db8::1', '&prompt=none')
    assert.match(silent.headers.get('Location') ?? '', /error=login_required/)
    assert.equal((await begin('192.0.2.7')).status, 303)
    const errors = server.entries.filter(({ level }) => level === 'error')
    assert.deepEqual(errors, [])
  })
})

test('a user with a session can enter apps without a rate limit', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const headers = { 'X-Forwarded-For': '192.0.2.7' }
  await mail.signIn(browser)
  const { url } = await mail.begin()
  for (let times = 0; times < 130; times += 1) {
    const response = await browser.fetch(url, { headers })
    assert.match(response.headers.get('Location') ?? '', /code=/)
  }
})

test('a logout without a session stores nothing', async (t) => {
  const server = await start(t)
  const mail = await server.addApp({ id: 'mail' })
  for (const state of ['a', 'b'.repeat(8000)]) {
    const query = new URLSearchParams({
      client_id: mail.clientId,
      post_logout_redirect_uri: `${mail.redirectUri}/bye`,
      state,
    })
    const response = await fetch(`${server.oidc.issuer}/session/end?${query}`, {
      redirect: 'manual',
    })
    assert.equal(response.status, 303)
    assert.match(response.headers.get('Location') ?? '', /\/mail\/bye\?state=/)
  }
  assert.deepEqual(await recordsOf(server), [])
})
