import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'openid-client'
import { signInOn, startSignedIn, startTestServer } from '../../../dev/test-support/oidc-server.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { acrNumber } from '../../../identity/policy/assurance.ts'

const offline = { scope: 'openid offline_access', prompt: 'consent' }

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

const withoutPkce = (id: string) => ({
  id,
  settings: { redirectUris: [`http://127.0.0.1:1/${id}`], pkce: 'optional' as const },
})

/** The request of an app that knows nothing of PKCE, or of an attacker who has taken it out. */
function dropChallenge(url: URL): URL {
  const bare = new URL(url)
  for (const name of ['code_challenge', 'code_challenge_method']) bare.searchParams.delete(name)
  return bare
}

test('an app with optional PKCE gets tokens with it and without it', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp(withoutPkce('mail'))
  const attempt = await mail.begin()
  const { pkceCodeVerifier: _, ...checks } = attempt.checks
  const { url } = await browser.open(dropChallenge(attempt.url), mail.redirectUri)
  assert.ok((await mail.finish(url, { ...attempt, checks })).access_token)
  await mail.signIn(browser)
})

test('an app with optional PKCE gets no token without its secret, with PKCE and without it', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp(withoutPkce('mail'))
  for (const adapt of [dropChallenge, (url: URL) => url]) {
    const attempt = await mail.begin()
    const { url } = await browser.open(adapt(attempt.url), mail.redirectUri)
    const form = {
      grant_type: 'authorization_code',
      client_id: mail.clientId,
      code: url.searchParams.get('code') ?? assert.fail('no code'),
      redirect_uri: mail.redirectUri,
      ...(adapt !== dropChallenge && { code_verifier: attempt.checks.pkceCodeVerifier ?? '' }),
    }
    for (const secret of [{}, { client_secret: 'x' }]) {
      const body = new URLSearchParams({ ...form, ...secret })
      const answer = await fetch(`${server.oidc.issuer}/token`, { method: 'POST', body })
      assert.deepEqual([answer.status, (await answer.json()).error], [401, 'invalid_client'])
    }
  }
})

test('CVE-2023-48228: a code with a challenge gets no token without its verifier, also where PKCE is optional', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp(withoutPkce('mail'))
  const attempt = await mail.begin()
  const { pkceCodeVerifier: _, ...checks } = attempt.checks
  const { url } = await browser.open(attempt.url, mail.redirectUri)
  await assert.rejects(mail.finish(url, { ...attempt, checks }), { error: 'invalid_grant' })
})

test('CVE-2024-23647: a verifier is refused for a code whose challenge an attacker has removed', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp(withoutPkce('mail'))
  const attempt = await mail.begin()
  const { url } = await browser.open(dropChallenge(attempt.url), mail.redirectUri)
  await assert.rejects(mail.finish(url, attempt), { error: 'invalid_grant' })
})

test('an app gets the signing algorithm of its settings, or else RS256; both are published', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const names = { mail: undefined, wiki: 'ES256' } as const
  for (const [id, signingAlgorithm] of Object.entries(names)) {
    const redirectUris = [`http://127.0.0.1:1/${id}`]
    const settings = { redirectUris, ...(signingAlgorithm && { signingAlgorithm }) }
    const app = await server.addApp({ id, settings })
    const { id_token = '' } = await app.signIn(browser)
    const header = JSON.parse(Buffer.from(id_token.split('.')[0] ?? '', 'base64url').toString())
    assert.equal(header.alg, signingAlgorithm ?? 'RS256')
    const supported = app.config.serverMetadata().id_token_signing_alg_values_supported
    assert.deepEqual(supported?.toSorted(), ['ES256', 'RS256'])
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

test('a second use of a code is refused and revokes its tokens (A33)', async (t) => {
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

test('the server refuses an access token of a disabled user', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { access_token } = await mail.signIn(browser)
  await server.users.disable(server.db, erika.id)
  await assert.rejects(client.fetchUserInfo(mail.config, access_token, erika.id))
})

test('a refreshed ID token has the sid and auth_time of the login, and no nonce', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const first = await mail.signIn(browser, offline)
  const { nonce, sid, auth_time } = first.claims() ?? assert.fail('no ID token')
  assert.ok(nonce)
  let token = first.refresh_token ?? ''
  for (const _ of [1, 2]) {
    const next = await client.refreshTokenGrant(mail.config, token)
    const claims = next.claims()
    assert.deepEqual([claims?.sid, claims?.auth_time], [sid, auth_time])
    assert.ok(claims && !('nonce' in claims))
    token = next.refresh_token ?? ''
  }
})

test('a refresh asks the gate: a stricter rule refuses it until a stronger login', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { refresh_token = '' } = await mail.signIn(browser, offline)
  await server.apps.change(server.db, 'mail', { policy: { secondFactor: 'required' } })
  const refused = { error: 'invalid_grant' }
  await assert.rejects(client.refreshTokenGrant(mail.config, refresh_token), refused)
  const strong = { amr: ['pwd', 'mca', 'mfa'], acr: acrNumber, authenticatedAt: Date.now() }
  await server.sessions.strengthen(server.db, login, strong)
  // It was not used up.
  assert.ok((await client.refreshTokenGrant(mail.config, refresh_token)).access_token)
})

test('a refresh of a user who is not in the allowed groups is refused', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { refresh_token = '' } = await mail.signIn(browser, offline)
  const policy = { secondFactor: 'none' as const, allowedGroups: ['board'] }
  await server.apps.change(server.db, 'mail', { policy })
  const refused = { error: 'invalid_grant' }
  await assert.rejects(client.refreshTokenGrant(mail.config, refresh_token), refused)
})

test('a refresh of a disabled user is refused', async (t) => {
  const { server, erika, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { refresh_token = '' } = await mail.signIn(browser, offline)
  await server.users.disable(server.db, erika.id)
  const refused = { error: 'invalid_grant' }
  await assert.rejects(client.refreshTokenGrant(mail.config, refresh_token), refused)
})

test('a refresh is activity of the session, and does not change its end', async (t) => {
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { refresh_token = '' } = await mail.signIn(browser, offline)
  const read = () =>
    server.db
      .selectFrom('sessions')
      .select(['last_seen_at', 'expires_at'])
      .where('id', '=', login)
      .executeTakeFirstOrThrow()
  const { expires_at, last_seen_at } = await read()
  await server.db
    .updateTable('sessions')
    .set({ last_seen_at: last_seen_at - 3_600_000 })
    .execute()
  await client.refreshTokenGrant(mail.config, refresh_token)
  await server.sessions.settled()
  const after = await read()
  assert.ok(after.last_seen_at >= last_seen_at)
  assert.equal(after.expires_at, expires_at)
})

test('an app that does not ask for offline access gets no refresh token', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  for (const scope of ['openid', 'openid profile email']) {
    assert.equal((await mail.signIn(browser, { scope })).refresh_token, undefined)
  }
})

test('a revoked access token is refused', async (t) => {
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
  test(`of simultaneous uses of a refresh token at most two get the same token, and the family is revoked (A33) (${engine.name})`, async (t) => {
    const { server, erika, browser } = await signInOn(
      await startTestServer(t, await engine.open(t)),
    )
    const settings = {
      redirectUris: ['http://127.0.0.1:1/mail'],
      tokenEndpointAuthMethod: 'none' as const,
    }
    const mail = await server.addApp({ id: 'mail', settings })
    const { refresh_token = '' } = await mail.signIn(browser, offline)
    const uses = await Promise.allSettled(
      Array.from({ length: 20 }, () => client.refreshTokenGrant(mail.config, refresh_token)),
    )
    const won = uses.flatMap((use) => (use.status === 'fulfilled' ? [use.value] : []))
    assert.ok(won.length <= 2)
    assert.ok(new Set(won.map((tokens) => tokens.refresh_token)).size <= 1)
    for (const tokens of won) {
      await assert.rejects(client.fetchUserInfo(mail.config, tokens.access_token, erika.id))
      await assert.rejects(client.refreshTokenGrant(mail.config, tokens.refresh_token ?? ''))
    }
  })

  test(`a new app with the id of a removed app cannot use the tokens and codes of the removed app (${engine.name})`, async (t) => {
    const { server, erika, browser } = await signInOn(
      await startTestServer(t, await engine.open(t)),
    )
    const settings = {
      redirectUris: ['http://127.0.0.1:1/tool'],
      tokenEndpointAuthMethod: 'none' as const,
    }
    const tool = await server.addApp({ id: 'tool', settings })
    const mail = await server.addApp({ id: 'mail' })
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

  test(`of simultaneous uses of a code at most one succeeds, and its tokens are revoked (A33) (${engine.name})`, async (t) => {
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

  test(`after the end of a login its tokens and codes are refused (${engine.name})`, async (t) => {
    const { server, erika, browser, login } = await signInOn(
      await startTestServer(t, await engine.open(t)),
    )
    const mail = await server.addApp({ id: 'mail' })
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
