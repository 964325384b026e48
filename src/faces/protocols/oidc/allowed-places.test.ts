// Where an app that registered itself leads: the person who lets it in has seen each place.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { signInOn, start } from '../../../dev/test-support/oidc-server.ts'
import { openRegistrations } from '../../../dev/test-support/registrations.ts'

async function startOpen(t: TestContext) {
  const server = await start(t, undefined, true)
  return { server, ...openRegistrations(server) }
}

async function readPage(response: Response | undefined): Promise<Record<string, string>> {
  assert.ok(response)
  return (await response.json()) as Record<string, string>
}

/** Lets in the app whose page this is, and goes on to where the answer leads. */
async function allow(
  { server }: Awaited<ReturnType<typeof startOpen>>,
  browser: ReturnType<typeof createBrowser>,
  { action }: Record<string, string>,
) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const post = { method: 'POST', headers, body: '' }
  const answer = await browser.fetch(`${server.origin}${action}`, post)
  // A page and no redirect, as browsers apply the policy of the page with the form to redirects.
  const { url: next = '' } = await readPage(answer)
  const back = new URL(next, server.origin)
  return (await browser.fetch(back)).headers.get('location') ?? ''
}

test('A27: consent for an app at one host is not consent for it at another host', async (t) => {
  const open = await startOpen(t)
  const { browser } = await signInOn(open.server)
  const [good, evil] = ['https://wiki.firm.example/x', 'https://evil.example/cb'] as const
  const path = 'https://wiki.firm.example/y'
  const { begin } = await open.registerPublic({ redirect_uris: [good, evil, path] })
  const ask = (uri: string, more = {}) => browser.fetch(begin({ redirect_uri: uri, ...more }))
  const readAsked = async (uri: string) => {
    const { response } = await browser.open(begin({ redirect_uri: uri }), uri)
    return await readPage(response)
  }
  const first = await readAsked(good)
  assert.equal(first.place, 'wiki.firm.example')
  assert.match(await allow(open, browser, first), /^https:\/\/wiki\.firm\.example\/x\?code=/)
  const headers = { 'sec-fetch-dest': 'iframe' }
  const silent = await browser.fetch(begin({ redirect_uri: evil, prompt: 'none' }), { headers })
  assert.match(silent.headers.get('location') ?? '', /\?error=consent_required/)
  const second = await readAsked(evil)
  assert.equal(second.place, 'evil.example')
  // Consent to one question is no answer to the other.
  for (const uri of [good, path]) {
    assert.match((await ask(uri)).headers.get('location') ?? '', /[?&]code=/, uri)
  }
  assert.equal((await readAsked(evil)).place, 'evil.example')
  assert.match(
    await allow(open, browser, await readAsked(evil)),
    /^https:\/\/evil\.example\/cb\?code=/,
  )
  for (const uri of [evil, good]) {
    assert.match((await ask(uri)).headers.get('location') ?? '', /[?&]code=/, uri)
  }
})

test('A27: consent for a native app covers one scheme, or every port of the loopback address', async (t) => {
  const open = await startOpen(t)
  const { browser } = await signInOn(open.server)
  const { begin } = await open.registerPublic({
    application_type: 'native',
    redirect_uris: ['com.mallory.app:/cb', 'org.other.app:/cb', 'http://127.0.0.1/cb'],
  })
  const open1 = async (uri: string) => await browser.open(begin({ redirect_uri: uri }), uri)
  const isAsked = async (uri: string) => (await open1(uri)).response?.status === 200
  const scheme = await readPage((await open1('com.mallory.app:/cb')).response)
  assert.match(await allow(open, browser, scheme), /^com\.mallory\.app:\/cb\?code=/)
  assert.equal(await isAsked('com.mallory.app:/cb'), false)
  assert.equal(await isAsked('org.other.app:/cb'), true)
  const loopback = await readPage((await open1('http://127.0.0.1:5001/cb')).response)
  assert.match(await allow(open, browser, loopback), /^http:\/\/127\.0\.0\.1:5001\/cb\?code=/)
  assert.equal(await isAsked('http://127.0.0.1:5002/cb'), false)
})

test('A27: the login page gets the host of this request, not the other hosts of the app', async (t) => {
  const open = await startOpen(t)
  const hosts = ['a', 'b', 'c', 'evil'].map((name) => `https://${name}.example/cb`)
  const { begin } = await open.registerPublic({ redirect_uris: hosts })
  for (const uri of hosts) {
    const { url } = await createBrowser().open(begin({ redirect_uri: uri }), uri)
    const wish = open.server.continuations.open(url.searchParams.get('continue') ?? '')
    assert.equal(wish?.place, new URL(uri).host)
  }
  const mail = await open.server.addApp({ id: 'mail' })
  const { url } = await createBrowser().open((await mail.begin()).url, mail.redirectUri)
  const wish = open.server.continuations.open(url.searchParams.get('continue') ?? '')
  assert.equal(wish?.appId, 'mail')
  assert.equal(wish.place, undefined)
})

test('A27: a confirmed logout does not redirect to an app that registered itself', async (t) => {
  const open = await startOpen(t)
  const uri = 'https://evil.example/login'
  const { browser, erika } = await signInOn(open.server)
  for (const isRemoved of [false, true]) {
    const login = await open.server.logIn(browser, erika.id)
    const app = await open.register({ redirect_uris: [uri], post_logout_redirect_uris: [uri] })
    const query = { client_id: app.client_id, post_logout_redirect_uri: uri }
    const end = `${open.server.oidc.issuer}/session/end?${new URLSearchParams(query)}`
    const asked = await (await browser.fetch(end)).json()
    assert.equal(asked.redirectOrigin, undefined)
    if (isRemoved) assert.equal((await open.manage(app, 'DELETE')).status, 204)
    const body = new URLSearchParams(asked.fields)
    const done = await browser.fetch(asked.action, { method: 'POST', body })
    assert.equal(done.headers.get('location'), null)
    const page = await readPage(done)
    // After a whole logout a page says where the app leads; for a removed app the one about unknown apps does.
    const place = { place: 'evil.example', isOnDevice: false }
    assert.partialDeepStrictEqual(page, isRemoved ? { url: uri, ...place } : { url: uri, place })
    assert.equal(await open.server.sessions.findById(login), undefined)
  }
})
