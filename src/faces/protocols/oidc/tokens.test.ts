import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'openid-client'
import { signInOn, startSignedIn, startTestServer } from '../../../dev/test-support/oidc-server.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'

test('a request without PKCE, or with the plain method, is refused (A33)', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await mail.begin()
  const plain = new URL(url)
  plain.searchParams.set('code_challenge_method', 'plain')
  const bare = new URL(url)
  bare.searchParams.delete('code_challenge')
  bare.searchParams.delete('code_challenge_method')
  for (const request of [plain, bare]) {
    const { url: answer } = await browser.open(request, mail.redirectUri)
    assert.equal(answer.searchParams.get('error'), 'invalid_request')
    assert.equal(answer.searchParams.get('code'), null)
  }
})

test('a wrong or missing verifier gets no token (A33)', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  for (const pkceCodeVerifier of [client.randomPKCECodeVerifier(), undefined]) {
    const attempt = await mail.begin()
    const { url } = await browser.open(attempt.url, mail.redirectUri)
    const { pkceCodeVerifier: _right, ...rest } = attempt.checks
    const checks = { ...rest, ...(pkceCodeVerifier !== undefined && { pkceCodeVerifier }) }
    await assert.rejects(mail.finish(url, { ...attempt, checks }), { error: 'invalid_grant' })
  }
})

test('only the code flow is offered', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  for (const response_type of ['token', 'id_token', 'code id_token', 'none']) {
    const { url } = await mail.begin({ response_type })
    const end = await browser.open(url, mail.redirectUri)
    assert.match(end.url.href, /error=unsupported_response_type/, response_type)
  }
})

test('a code that is used twice is refused and takes its tokens down (A33)', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const attempt = await mail.begin()
  const { url } = await browser.open(attempt.url, mail.redirectUri)
  const tokens = await mail.finish(url, attempt)
  const other = await mail.signIn(browser)
  await client.fetchUserInfo(mail.config, tokens.access_token, erika.id)
  await assert.rejects(mail.finish(url, attempt), { error: 'invalid_grant' })
  await assert.rejects(client.fetchUserInfo(mail.config, tokens.access_token, erika.id))
  await client.fetchUserInfo(mail.config, other.access_token, erika.id)
})

test('a disabled user gets nothing more from old tokens', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { access_token } = await mail.signIn(browser)
  await server.users.disable(server.db, erika.id)
  await assert.rejects(client.fetchUserInfo(mail.config, access_token, erika.id))
})

test('a refresh token that is used twice takes its family down (A33)', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const offline = { scope: 'openid offline_access', prompt: 'consent' }
  const first = await mail.signIn(browser, offline)
  const second = await client.refreshTokenGrant(mail.config, first.refresh_token ?? '')
  assert.notEqual(second.refresh_token, first.refresh_token)
  await assert.rejects(client.refreshTokenGrant(mail.config, first.refresh_token ?? ''))
  await assert.rejects(client.refreshTokenGrant(mail.config, second.refresh_token ?? ''))
  await assert.rejects(client.fetchUserInfo(mail.config, second.access_token, erika.id))
})

test('an app that does not ask for offline access gets no refresh token', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  for (const scope of ['openid', 'openid profile email']) {
    assert.equal((await mail.signIn(browser, { scope })).refresh_token, undefined)
  }
})

test('a revoked token is dead', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { access_token } = await mail.signIn(browser)
  await client.tokenRevocation(mail.config, access_token)
  await assert.rejects(client.fetchUserInfo(mail.config, access_token, erika.id))
})

test("an app cannot revoke another app's token", async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const wiki = await server.addApp({ id: 'wiki' })
  const { access_token } = await mail.signIn(browser)
  await client.tokenRevocation(wiki.config, access_token)
  await client.fetchUserInfo(mail.config, access_token, erika.id)
})

test("an app cannot use another app's code", async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const wiki = await server.addApp({ id: 'wiki' })
  const attempt = await mail.begin()
  const { url } = await browser.open(attempt.url, mail.redirectUri)
  await assert.rejects(wiki.finish(url, attempt), { error: 'invalid_grant' })
})

onEachEngine((engine) => {
  test(`what a removed app was given does not count for the next one of its id (${engine.name})`, async (t) => {
    const { server, erika, browser } = await signInOn(
      await startTestServer(t, await engine.open(t)),
    )
    const settings = {
      redirectUris: ['http://127.0.0.1:1/tool'],
      tokenEndpointAuthMethod: 'none' as const,
    }
    const tool = await server.addApp({ id: 'tool', settings })
    const mail = await server.addApp({ id: 'mail' })
    const offline = { scope: 'openid offline_access', prompt: 'consent' }
    const given = await tool.signIn(browser, offline)
    const remaining = await mail.signIn(browser)
    const unused = await tool.begin()
    const { url: code } = await browser.open(unused.url, tool.redirectUri)
    const open = await tool.begin({ prompt: 'login' })
    const page = await browser.open(open.url, tool.redirectUri)
    const continued = server.continuations.open(page.url.searchParams.get('continue') ?? '')
    await server.apps.remove(server.db, 'tool')
    await server.addApp({ id: 'tool', settings })
    await assert.rejects(client.fetchUserInfo(tool.config, given.access_token, erika.id))
    const refused = { error: 'invalid_grant' }
    await assert.rejects(client.refreshTokenGrant(tool.config, given.refresh_token ?? ''), refused)
    await assert.rejects(tool.finish(code, unused), refused)
    const back = await browser.fetch(`${server.origin}${continued?.returnTo}`)
    assert.deepEqual(await back.json(), { isSignedIn: true })
    const left = server.db.selectFrom('oidc_records').select('id').where('client_id', '=', 'tool')
    assert.deepEqual(await left.execute(), [])
    await client.fetchUserInfo(mail.config, remaining.access_token, erika.id)
    const again = await tool.signIn(browser)
    await client.fetchUserInfo(tool.config, again.access_token, erika.id)
  })

  test(`of many uses of a code at once one wins, and its tokens are taken down (A33) (${engine.name})`, async (t) => {
    const { server, erika, browser } = await signInOn(
      await startTestServer(t, await engine.open(t)),
    )
    const mail = await server.addApp({ id: 'mail' })
    const attempt = await mail.begin()
    const { url } = await browser.open(attempt.url, mail.redirectUri)
    const uses = await Promise.allSettled(
      Array.from({ length: 20 }, () => mail.finish(url, attempt)),
    )
    const won = uses.filter((use) => use.status === 'fulfilled')
    assert.ok(won.length <= 1)
    for (const { value } of won) {
      await assert.rejects(client.fetchUserInfo(mail.config, value.access_token, erika.id))
    }
  })

  test(`when the login ends, nothing that came from it works any more (${engine.name})`, async (t) => {
    const { server, erika, browser, login } = await signInOn(
      await startTestServer(t, await engine.open(t)),
    )
    const mail = await server.addApp({ id: 'mail' })
    const offline = { scope: 'openid offline_access', prompt: 'consent' }
    const tokens = await mail.signIn(browser, offline)
    const renewed = await client.refreshTokenGrant(mail.config, tokens.refresh_token ?? '')
    await client.fetchUserInfo(mail.config, renewed.access_token, erika.id)
    const unused = await mail.begin()
    const { url: code } = await browser.open(unused.url, mail.redirectUri)

    await server.sessions.end(server.db, login, 'test')
    const checkAllRefused = async () => {
      await assert.rejects(client.fetchUserInfo(mail.config, renewed.access_token, erika.id))
      await assert.rejects(client.refreshTokenGrant(mail.config, renewed.refresh_token ?? ''))
      await assert.rejects(mail.finish(code, unused), { error: 'invalid_grant' })
      const { url } = await mail.begin({ prompt: 'none' })
      const end = await browser.open(url, mail.redirectUri)
      assert.equal(end.url.searchParams.get('error'), 'login_required')
    }
    await checkAllRefused()
    await server.sessions.announceEnd([login])
    await checkAllRefused()
    const left = await server.db
      .selectFrom('oidc_records')
      .select('model')
      .where('login_session', '=', login)
      .execute()
    assert.deepEqual(left, [])
  })
})
