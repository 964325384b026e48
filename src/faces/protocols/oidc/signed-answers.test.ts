// Answers to an app as a JWT (JWT Secured Authorization Response Mode for OAuth 2.0, JARM).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import {
  signInOn,
  start,
  startSignedIn,
  type TestServer,
} from '../../../dev/test-support/oidc-server.ts'
import { appAddress, openRegistrations } from '../../../dev/test-support/registrations.ts'

/** The verified claims of an answer, and its algorithm. */
async function readAnswer({ oidc }: TestServer, response: string | null) {
  const keys = createRemoteJWKSet(new URL(`${oidc.issuer}/jwks`))
  const { payload, protectedHeader } = await jwtVerify(`${response}`, keys, {
    issuer: oidc.issuer,
    requiredClaims: ['exp', 'aud'],
  })
  return { payload, alg: protectedHeader.alg }
}

test('an app gets its code in a signed answer, with the algorithm of its ID tokens', async (t) => {
  const { server, browser } = await startSignedIn(t)
  for (const signingAlgorithm of ['RS256', 'ES256'] as const) {
    const id = signingAlgorithm.toLowerCase()
    const settings = { redirectUris: [`http://127.0.0.1:1/${id}`], signingAlgorithm }
    const mail = await server.addApp({ id, settings: settings as never })
    for (const mode of ['jwt', 'query.jwt']) {
      const attempt = await mail.begin({ response_mode: mode })
      const { url } = await browser.open(attempt.url, mail.redirectUri)
      assert.deepEqual([...url.searchParams.keys()], ['response'])
      const { payload, alg } = await readAnswer(server, url.searchParams.get('response'))
      assert.equal(alg, signingAlgorithm)
      assert.deepEqual([payload.aud, payload.state], [id, attempt.checks.expectedState])
      assert.ok(Number(payload.exp) - Date.now() / 1000 <= 600)
      const answer = new URL(mail.redirectUri)
      for (const name of ['code', 'state', 'iss']) answer.searchParams.set(name, `${payload[name]}`)
      const tokens = await mail.finish(answer, attempt)
      assert.ok(tokens.access_token)
    }
  }
})

test('an error is signed as well, and names the app and the state', async (t) => {
  const { server } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const attempt = await mail.begin({ response_mode: 'jwt', prompt: 'none' })
  const { url } = await createBrowser().open(attempt.url, mail.redirectUri)
  assert.deepEqual([...url.searchParams.keys()], ['response'])
  const { payload } = await readAnswer(server, url.searchParams.get('response'))
  assert.deepEqual(
    [payload.error, payload.aud, payload.state, payload.code],
    ['login_required', 'mail', attempt.checks.expectedState, undefined],
  )
})

test('form_post.jwt posts the signed answer with our own page', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const post = async (one: ReturnType<typeof createBrowser>, extra: Record<string, string>) => {
    const attempt = await mail.begin({ response_mode: 'form_post.jwt', ...extra })
    const { response } = await one.open(attempt.url, mail.redirectUri)
    return (await response?.json()) as { action: string; fields: object; purpose: string }
  }
  const shown = await post(browser, {})
  assert.deepEqual([shown.action, shown.purpose], [mail.redirectUri, 'login'])
  assert.deepEqual(Object.keys(shown.fields), ['response'])
  const { response = '' } = shown.fields as { response?: string }
  assert.ok((await readAnswer(server, response)).payload.code)
  const refused = await post(createBrowser(), { prompt: 'none' })
  assert.equal(refused.purpose, 'error')
  const { response: error = '' } = refused.fields as { response?: string }
  assert.equal((await readAnswer(server, error)).payload.error, 'login_required')
})

test('a registered app gets a signed code at once after consent, and a signed error only from a page', async (t) => {
  const server = await start(t, undefined, true)
  const { browser } = await signInOn(server)
  const { registerPublic } = openRegistrations(server)
  // A link of its own choice must not pass for an answer with a code.
  const fake = `x.${Buffer.from('{"code":"x"}').toString('base64url')}.x`
  const tricky = `${appAddress}?response=${fake}`
  const { begin } = await registerPublic({ redirect_uris: [appAddress, tricky] })
  const asked = await browser.open(begin({ response_mode: 'jwt' }), appAddress)
  assert.ok(asked.response)
  const { action } = (await asked.response.json()) as { action: string }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const post = { method: 'POST', headers, body: '' }
  const allowed = await browser.fetch(`${server.origin}${action}`, post)
  // A page and no redirect, as browsers apply the policy of the page with the form to redirects.
  const { url: next } = (await allowed.json()) as { url: string }
  const { url } = await browser.open(new URL(next, server.origin), appAddress)
  assert.ok((await readAnswer(server, url.searchParams.get('response'))).payload.code)
  for (const mode of ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt', 'query', 'fragment']) {
    for (const redirect_uri of [appAddress, tricky]) {
      const wish = { response_mode: mode, prompt: 'none', redirect_uri }
      const held = await createBrowser().fetch(begin(wish))
      assert.equal(held.status, 400, `${mode} ${redirect_uri}`)
      const { place } = (await held.json()) as { place: string }
      assert.equal(place, 'app.example.org')
    }
  }
})
