// What an app gets after its user has cancelled the login.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'

test('an app whose login is cancelled gets access_denied with its state in the response mode that it asked for', async (t) => {
  const { server } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { issuer } = server.oidc
  const cancel = async (mode: string) => {
    const attempt = await mail.begin({ response_mode: mode })
    const browser = createBrowser()
    const page = await browser.open(attempt.url, mail.redirectUri)
    const wish = server.continuations.open(page.url.searchParams.get('continue') ?? '')
    const end = await browser.open(`${server.origin}${wish?.cancelTo}`, mail.redirectUri)
    const fragment = new URLSearchParams(end.url.hash.slice(1))
    const posted = await end.response?.json().catch(() => ({}))
    const answer = {
      ...Object.fromEntries([...end.url.searchParams, ...fragment]),
      ...posted?.fields,
    }
    return { answer, state: attempt.checks.expectedState }
  }
  for (const mode of ['query', 'fragment', 'form_post']) {
    const { answer, state } = await cancel(mode)
    assert.deepEqual(
      [answer.error, answer.state, answer.iss],
      ['access_denied', state, issuer],
      mode,
    )
  }
  for (const mode of ['query.jwt', 'fragment.jwt', 'form_post.jwt']) {
    const { answer, state } = await cancel(mode)
    const claims = decodeJwt(`${answer.response}`)
    assert.deepEqual(
      [claims.error, claims.state, claims.iss],
      ['access_denied', state, issuer],
      mode,
    )
  }
})
