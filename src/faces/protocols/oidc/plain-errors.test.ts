// Errors for an app that cannot do with `iss` in them (RFC 9207), as Apache with mod_auth_openidc.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOptionsApp, redirectUri } from '../../../dev/test-support/options-app.ts'

for (const errorsWithoutIssuer of [undefined, true] as const) {
  const [title, expected] = errorsWithoutIssuer
    ? ['only an app with errorsWithoutIssuer gets an error without iss', false]
    : ['every other app gets iss with an error', true]
  test(`${title}, in the query, in the fragment and in a form`, async (t) => {
    const settings = { ...(errorsWithoutIssuer && { errorsWithoutIssuer }) }
    const { server, browser } = await openOptionsApp(t, settings)
    const query = { client_id: 'app', redirect_uri: redirectUri, response_type: 'code' }
    const ask = async (more: Record<string, string>) => {
      const asked = new URLSearchParams({ ...query, scope: 'openid', state: 'abc', ...more })
      return await browser.open(`${server.oidc.issuer}/auth?${asked}`, redirectUri)
    }
    for (const mode of ['query', 'fragment']) {
      const { url } = await ask({ response_mode: mode })
      const answer = mode === 'query' ? url.searchParams : new URLSearchParams(url.hash.slice(1))
      assert.equal(answer.get('error'), 'invalid_request', url.href)
      assert.equal(answer.get('state'), 'abc')
      assert.equal(answer.has('iss'), expected, url.href)
    }
    const form = `${await (await ask({ response_mode: 'form_post' })).response?.text()}`
    assert.match(form, /invalid_request/)
    assert.equal(form.includes('"iss"'), expected, form)
  })
}

test('an answer with a code has iss for every app', async (t) => {
  const { signIn } = await openOptionsApp(t, { errorsWithoutIssuer: true })
  // The library refuses an answer without it.
  assert.ok((await signIn()).access_token)
})
