import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'

/** What a browser does with a form of another site: it sends no cookie. */
function post(url: URL, init: RequestInit = {}): Promise<Response> {
  const { origin, pathname, searchParams } = url
  return fetch(`${origin}${pathname}`, {
    method: 'POST',
    body: searchParams,
    redirect: 'manual',
    ...init,
  })
}

test('an authorization request by POST leads to a login like the same request by GET', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  for (const more of [{}, { prompt: 'none' }, { state: 'ü&=+ %26' }]) {
    const attempt = await mail.begin(more)
    const response = await post(attempt.url)
    assert.equal(response.status, 303)
    assert.equal(await response.text(), '')
    const next = new URL(response.headers.get('Location') ?? '')
    assert.equal(next.href.split('?')[0], attempt.url.href.split('?')[0])
    assert.deepEqual([...next.searchParams], [...attempt.url.searchParams])
    const { url } = await browser.open(next, mail.redirectUri)
    const expectedState = attempt.url.searchParams.get('state') ?? ''
    const checks = { ...attempt.checks, expectedState }
    assert.equal((await mail.finish(url, { ...attempt, checks })).claims()?.sub, erika.id)
  }
})

test('a logout that a browser posts ends the login', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { id_token = '' } = await mail.signIn(browser)
  const url = new URL(`${server.oidc.issuer}/session/end`)
  url.searchParams.set('id_token_hint', id_token)
  const response = await post(url)
  await browser.open(response.headers.get('Location') ?? '', 'nowhere')
  assert.equal(await server.sessions.findById(login), undefined)
})

test('a POST that is no form, or is too long, is refused with a page (A37)', async (t) => {
  const { server } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await mail.begin()
  const json = { headers: { 'Content-Type': 'application/json' }, body: '{}' }
  const long = { body: new URLSearchParams({ state: 'a'.repeat(20_000) }) }
  const many = { body: new URLSearchParams(Array.from({ length: 60 }, () => ['a', 'b'])) }
  for (const [init, status] of [
    [json, 415],
    [long, 413],
  ] as const) {
    const response = await post(url, init)
    assert.equal(response.status, status)
    assert.equal(await response.text(), 'error page: invalid_request')
  }
  assert.equal((await post(url, many)).status, 303)
  const other = await post(new URL(`${server.oidc.issuer}/auth/abc`))
  assert.equal(other.status, 404)
})
