import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'openid-client'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'

const native = {
  redirectUris: ['http://127.0.0.1:1/mail', 'http://[::1]/mail', 'com.example.app:/callback'],
  postLogoutRedirectUris: ['com.example.app:/bye'],
  applicationType: 'native' as const,
  tokenEndpointAuthMethod: 'none' as const,
}

test('a native app gets its answer at any loopback port, or by its private-use scheme', async (t) => {
  const { server, erika, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail', settings: native })
  let idToken = ''
  for (const redirect_uri of [
    'http://127.0.0.1:49152/mail',
    'http://127.0.0.1:1/mail',
    'http://[::1]:65535/mail',
    'com.example.app:/callback',
  ]) {
    const attempt = await mail.begin({ redirect_uri })
    const response = await browser.fetch(attempt.url)
    const answer = new URL(response.headers.get('Location') ?? '')
    assert.ok(answer.href.startsWith(`${redirect_uri}?code=`), answer.href)
    // What openid-client takes for the redirect address is the address of the answer without its parameters.
    const tokens = await mail.finish(answer, attempt)
    assert.equal(tokens.claims()?.sub, erika.id)
    idToken = tokens.id_token ?? ''
  }
  const out = client.buildEndSessionUrl(mail.config, {
    id_token_hint: idToken,
    post_logout_redirect_uri: 'com.example.app:/bye',
    state: 'a state',
  })
  const left = await browser.fetch(out)
  assert.equal(left.headers.get('Location'), 'com.example.app:/bye?state=a+state')
  assert.equal(await server.sessions.findById(login), undefined)
})

test('after the question whether to log out, a page leads back to the scheme of a native app', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail', settings: native })
  const out = client.buildEndSessionUrl(mail.config, {
    client_id: 'mail',
    post_logout_redirect_uri: 'com.example.app:/bye',
  })
  const asked = (await (await browser.fetch(out)).json()) as { action: string; fields: object }
  const body = new URLSearchParams({ ...asked.fields })
  const done = await browser.fetch(asked.action, { method: 'POST', body })
  assert.partialDeepStrictEqual(await done.json(), { url: 'com.example.app:/bye' })
})

test('A27, CVE-2024-8883: a redirect URI can differ only in the port of a loopback address of a native app', async (t) => {
  const { server, browser } = await startSignedIn(t)
  await server.addApp({ id: 'web', settings: { redirectUris: ['http://127.0.0.1:1/mail'] } })
  const mail = await server.addApp({ id: 'mail', settings: native })
  const ask = async (redirect_uri: string, client_id = 'mail') => {
    const { url } = await mail.begin({ redirect_uri, client_id })
    return (await browser.fetch(url)).status
  }
  assert.equal(await ask('http://127.0.0.1:2/mail', 'web'), 400)
  const bad = [
    ...[
      'http://127.0.0.1:2/mail/',
      'http://127.0.0.1:2/Mail',
      'http://127.0.0.1:2/',
      'http://127.0.0.1:2',
    ],
    ...[
      'http://127.0.0.1:/mail',
      'http://127.0.0.1:0/mail',
      'http://127.0.0.1:65536/mail',
      'http://127.0.0.1:2a/mail',
    ],
    ...[
      'http://127.0.0.1:2@evil.example/mail',
      'http://evil.example:2/mail',
      'http://127.0.0.1.evil.example:2/mail',
    ],
    ...[
      'https://127.0.0.1:2/mail',
      'http://localhost:2/mail',
      'http://127.0.0.2:2/mail',
      'http://2130706433:2/mail',
    ],
    ...[
      'http://127.0.0.1:2/mail?x=y',
      'http://127.0.0.1:2/mail#x',
      'http://[::ffff:127.0.0.1]:2/mail',
      'http://127.1:2/mail',
    ],
    ...[
      'com.example.app:/callback/',
      'com.example.app://callback',
      'com.example.app:callback',
      'COM.example.app:/callback',
    ],
    ...[
      'com.example.evil:/callback',
      'javascript:alert(1)',
      'com.example.app:/callback?x=y',
      'com.example.app:/callback#x',
    ],
  ]
  for (const uri of bad) assert.equal(await ask(uri), 400, uri)
})
