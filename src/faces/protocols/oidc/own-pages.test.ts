// No page of the library is ever seen: neither its texts nor its colours are ours, and it knows one language.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'

const html = { Accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' }
/** What the pages of this test server begin with; they have no markup. */
const ours =
  /^(error page: [a-z_]+(?:, to the logout)?|logged out page|too many|unavailable|\{.*\})$/s

test('no address with any method shows a browser a page of the library', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const strict = await server.addApp({ id: 'strict', policy: { secondFactor: 'required' } })
  const { id_token = '', access_token } = await mail.signIn(browser)
  const { issuer } = server.oidc
  const { url } = await mail.begin()
  const asked = (changes: Record<string, string | undefined>) => {
    const next = new URL(url)
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) next.searchParams.delete(name)
      else next.searchParams.set(name, value)
    }
    return next.href
  }
  const weak = await strict.begin({ response_mode: 'form_post', prompt: 'none' })
  const addresses = [
    ...[
      '',
      '/',
      '/auth',
      '/auth/',
      '/auth/abc',
      '/me',
      '/token',
      '/jwks',
      '/nothing',
      '/%',
      '/%00',
      '/token/revocation',
    ],
    ...[
      '/session/end',
      '/session/end/confirm',
      '/session/end/success',
      '/session/end/success?client_id=x',
      '/reg',
      '/device',
      '/device/auth',
      '/request',
    ],
    ...[
      '/session/end?id_token_hint=x',
      `/session/end?id_token_hint=${id_token}&client_id=strict`,
      '/session/end?client_id=nobody',
    ],
    ...[
      '/session/end?client_id=mail&post_logout_redirect_uri=x',
      '/session/end?client_id=mail&client_id=mail',
      '/.well-known/x',
    ],
  ].map((path) => `${issuer}${path}`)
  addresses.push(
    asked({ client_id: undefined }),
    asked({ client_id: 'nobody' }),
    asked({ redirect_uri: undefined }),
    asked({ redirect_uri: 'https://evil.example' }),
    asked({ response_mode: 'form_post' }),
    asked({ response_mode: 'form_post', scope: 'nothing' }),
    asked({ response_mode: 'web_message' }),
    asked({ response_type: 'none' }),
    asked({ scope: undefined }),
    asked({ code_challenge: undefined }),
    asked({ prompt: 'none login' }),
    asked({ prompt: 'select_account' }),
    asked({ max_age: 'x' }),
    asked({ request: 'x' }),
    asked({ request_uri: 'https://evil.example' }),
    asked({ state: 'x'.repeat(5000) }),
    `${asked({})}&scope=openid`,
    weak.url.href,
    `${server.origin}/sso/oidc/abc`,
    `${server.origin}/sso/oidc/`,
  )
  const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']
  for (const address of addresses) {
    for (const method of methods) {
      for (const from of [browser, createBrowser()]) {
        const response = await from.fetch(address, { method, headers: html })
        const text = await response.text()
        const place = `${method} ${address} ${response.status}`
        assert.ok(text === '' || ours.test(text), `${place}\n${text}`)
        assert.doesNotMatch(text, /<!doctype|<html|<form|oidc-provider/i, place)
        assert.ok(response.status < 500, place)
        if (text === '') assert.equal(response.headers.get('Content-Type'), null, place)
      }
    }
    if ((await server.sessions.findById(login)) === undefined) assert.fail(`${address} logged out`)
  }
  const info = await fetch(`${issuer}/me`, {
    headers: { ...html, Authorization: `Bearer ${access_token}x` },
  })
  assert.match(await info.text(), ours)
  const errors = server.entries.filter(({ level }) => level === 'error')
  assert.deepEqual(errors, [])
})

test('if the user changes during a request, the browser gets no page of the library and stays logged in', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const max = await server.addUser('max')
  const mail = await server.addApp({ id: 'mail' })
  const attempt = await mail.begin({ prompt: 'login' })
  const page = await browser.open(attempt.url, mail.redirectUri)
  const wish = server.continuations.open(page.url.searchParams.get('continue') ?? '')
  const erika = await server.users.findByName(server.db, 'erika')
  await server.logIn(browser, erika?.id ?? '')
  const back = await browser.fetch(`${server.origin}${wish?.returnTo}`)
  const login = await server.logIn(browser, max.id)
  const resume = new URL(back.headers.get('Location') ?? '', server.origin)
  const response = await browser.fetch(resume, { headers: html })
  const text = await response.text()
  assert.ok(text === '' || ours.test(text), text)
  assert.ok(await server.sessions.findById(login))
})
