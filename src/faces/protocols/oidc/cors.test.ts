import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'

const own = 'http://127.0.0.1:1'
const declared = 'https://static.example'
const foreign = 'https://evil.example'
const endpoints = [
  ...['/token', '/me', '/request', '/device/auth'],
  ...['/token/revocation', '/token/introspection', '/session/end'],
]

function describe({ headers }: Response) {
  return {
    origin: headers.get('Access-Control-Allow-Origin'),
    credentials: headers.get('Access-Control-Allow-Credentials'),
  }
}
const allowedFor = (origin: string) => ({ origin, credentials: 'true' })
const refused = { origin: null, credentials: null }

async function startWithApps(t: Parameters<typeof startSignedIn>[0]) {
  const signedIn = await startSignedIn(t)
  const { server } = signedIn
  const settings = { redirectUris: [`${own}/mail`], allowedOrigins: [declared] }
  const mail = await server.addApp({ id: 'mail', settings })
  const wiki = await server.addApp({
    id: 'wiki',
    settings: { redirectUris: ['https://wiki.example/callback'] },
  })
  return { ...signedIn, mail, wiki }
}

test('the server allows preflight requests with credentials only for the origins of apps', async (t) => {
  const { server } = await startWithApps(t)
  const ask = (path: string, Origin: string) =>
    fetch(`${server.oidc.issuer}${path}`, {
      method: 'OPTIONS',
      headers: {
        Origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization',
      },
    })
  for (const path of endpoints) {
    for (const origin of [own, declared, 'https://wiki.example']) {
      const response = await ask(path, origin)
      assert.equal(response.status, 204)
      assert.deepEqual(describe(response), allowedFor(origin), path)
      assert.equal(response.headers.get('Access-Control-Allow-Headers'), 'authorization')
      assert.equal(response.headers.get('Vary'), 'Origin')
      assert.equal(response.headers.get('Content-Type'), null)
    }
    for (const origin of [foreign, 'null', `${own}/mail`, 'http://127.0.0.1', `${declared}.evil`]) {
      assert.deepEqual(describe(await ask(path, origin)), refused, `${path} ${origin}`)
    }
  }
})

test('scripts of an app can read the answers for its tokens, and scripts of another app cannot', async (t) => {
  const { server, browser, mail, login } = await startWithApps(t)
  const { access_token = '', id_token = '' } = await mail.signIn(browser)
  const read = (origin: string, token = access_token) =>
    fetch(`${server.oidc.issuer}/me`, {
      headers: { Origin: origin, Authorization: `Bearer ${token}` },
    })
  for (const origin of [own, declared]) {
    const response = await read(origin)
    assert.equal(response.status, 200)
    assert.deepEqual(describe(response), allowedFor(origin))
  }
  for (const origin of ['https://wiki.example', foreign, 'null']) {
    const response = await read(origin)
    assert.equal(response.status, 400)
    assert.deepEqual(describe(response), refused)
  }
  // A wrong token does not show which app it is from.
  assert.deepEqual(describe(await read(own, 'wrong')), allowedFor(own))
  assert.deepEqual(describe(await read(foreign, 'wrong')), refused)
  const out = `${server.oidc.issuer}/session/end?id_token_hint=${id_token}`
  const left = await browser.fetch(out, { headers: { Origin: own } })
  assert.deepEqual([left.status, await left.text(), describe(left)], [204, '', allowedFor(own)])
  assert.equal(await server.sessions.findById(login), undefined)
  const again = await browser.fetch(out, { headers: { Origin: own } })
  assert.deepEqual([again.status, describe(again)], [204, allowedFor(own)])
})

test('a script that cannot log out the user without a question gets an error and no page', async (t) => {
  const { server, browser, mail, login } = await startWithApps(t)
  await mail.signIn(browser)
  const out = `${server.oidc.issuer}/session/end?client_id=mail`
  const headers = { Origin: own, Accept: 'text/html' }
  const response = await browser.fetch(out, { headers })
  const { error } = (await response.json()) as { error: string }
  assert.deepEqual([response.status, error], [400, 'interaction_required'])
  assert.deepEqual(describe(response), allowedFor(own))
  assert.ok(await server.sessions.findById(login))
})

test('the server does not allow the origin null, also not for an app with a private-use scheme', async (t) => {
  const { server, browser } = await startWithApps(t)
  const native = await server.addApp({
    id: 'native',
    settings: {
      redirectUris: ['com.example.app:/callback', 'http://127.0.0.1:1/native'],
      applicationType: 'native',
      tokenEndpointAuthMethod: 'none',
    },
  })
  const headers = { Origin: 'null', 'Access-Control-Request-Method': 'POST' }
  for (const path of endpoints) {
    const response = await fetch(`${server.oidc.issuer}${path}`, { method: 'OPTIONS', headers })
    assert.deepEqual(describe(response), refused, path)
  }
  const redirectUri = 'com.example.app:/callback'
  const attempt = await native.begin({ redirect_uri: redirectUri })
  const { url } = await browser.open(attempt.url, redirectUri)
  const body = new URLSearchParams({
    ...{ grant_type: 'authorization_code', client_id: 'native', redirect_uri: redirectUri },
    code: url.searchParams.get('code') ?? assert.fail('no code'),
    code_verifier: attempt.checks.pkceCodeVerifier ?? '',
  })
  const given = await fetch(`${server.oidc.issuer}/token`, {
    ...{ method: 'POST', headers: { Origin: 'null' }, body },
  })
  assert.deepEqual(describe(given), refused)
  assert.equal((await given.json()).access_token, undefined)
})

test('every origin can read the keys and the discovery document, without credentials', async (t) => {
  const { server } = await startWithApps(t)
  for (const path of ['/jwks', '/.well-known/openid-configuration']) {
    const response = await fetch(`${server.oidc.issuer}${path}`, { headers: { Origin: foreign } })
    assert.deepEqual(describe(response), { origin: foreign, credentials: null })
  }
})

test('an empty answer has no Content-Type', async (t) => {
  const { server, browser, mail } = await startWithApps(t)
  const { access_token } = await mail.signIn(browser)
  const secret = (await server.apps.find(server.db, 'mail'))?.clientSecret
  const response = await fetch(`${server.oidc.issuer}/token/revocation`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`mail:${secret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ token: access_token }),
  })
  assert.deepEqual([response.status, await response.text()], [200, ''])
  assert.equal(response.headers.get('Content-Type'), null)
})
