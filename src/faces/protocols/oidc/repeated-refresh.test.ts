// A lost answer to a refresh must not log an app out, and a stolen refresh token must not be worth more by that.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'openid-client'
import {
  type RelyingParty,
  signInOn,
  startSignedIn,
  startTestServer,
  type TestServer,
} from '../../../dev/test-support/oidc-server.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import { hashRecordId } from './record-ids.ts'

const offline = { scope: 'openid offline_access', prompt: 'consent' }
const publicSettings = (id: string) => ({
  redirectUris: [`http://127.0.0.1:1/${id}`],
  tokenEndpointAuthMethod: 'none' as const,
})

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, string | undefined>>
}

/** A refresh of a public app, at any node. */
async function refresh(origin: string, token: string | undefined, id = 'spa'): Promise<Answer> {
  const form = { grant_type: 'refresh_token', refresh_token: token ?? '', client_id: id }
  const response = await fetch(`${origin}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  return { status: response.status, body: await response.json() }
}

async function askUserinfo({ origin }: TestServer, token: string | undefined): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${origin}/oidc/me`, { headers })).status
}

async function openSpa(scene: Awaited<ReturnType<typeof signInOn>>) {
  const { server, browser } = scene
  const spa = await server.addApp({ id: 'spa', settings: publicSettings('spa') })
  const { refresh_token: first } = await spa.signIn(browser, offline)
  return { ...scene, spa, first: first ?? assert.fail('no refresh token') }
}

async function isRevoked(server: TestServer, ...answers: readonly Answer[]): Promise<void> {
  for (const { body } of answers) {
    assert.equal((await refresh(server.origin, body.refresh_token)).body.error, 'invalid_grant')
    assert.equal(await askUserinfo(server, body.access_token), 401)
  }
}

onEachEngine((engine) => {
  test(`a public app whose answer was lost gets the same refresh token again, at any node (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const { server, first } = await openSpa(await signInOn(await startTestServer(t, one)))
    const other = await startTestServer(t, two)
    const lost = await refresh(server.origin, first)
    const again = await refresh(other.origin, first)
    assert.deepEqual([lost.status, again.status], [200, 200])
    assert.notEqual(lost.body.refresh_token, first)
    assert.equal(again.body.refresh_token, lost.body.refresh_token)
    assert.notEqual(again.body.access_token, lost.body.access_token)
    const next = await refresh(server.origin, again.body.refresh_token)
    assert.equal(next.status, 200)
    for (const { body } of [again, next]) {
      assert.equal(await askUserinfo(server, body.access_token), 200)
    }
    const infos = other.entries.filter(({ message }) => /^A refresh was repeated/.test(message))
    assert.equal(infos.length, 1)
  })

  test(`A33: a refresh token that is used a third time revokes its family, also within a minute (${engine.name})`, async (t) => {
    const { server, first } = await openSpa(
      await signInOn(await startTestServer(t, await engine.open(t))),
    )
    const answers = [await refresh(server.origin, first), await refresh(server.origin, first)]
    const third = await refresh(server.origin, first)
    assert.deepEqual([third.status, third.body.error], [400, 'invalid_grant'])
    await isRevoked(server, ...answers)
  })

  test(`A33: a stolen refresh token is refused after a minute, and revokes its family (${engine.name})`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
    const { server, first } = await openSpa(
      await signInOn(await startTestServer(t, await engine.open(t))),
    )
    const next = await refresh(server.origin, first)
    t.mock.timers.tick(minutes(1) + 1)
    assert.equal((await refresh(server.origin, first)).body.error, 'invalid_grant')
    await isRevoked(server, next)
  })

  test(`A33: a stolen refresh token is refused once its successor was used, and revokes its family (${engine.name})`, async (t) => {
    const { server, first } = await openSpa(
      await signInOn(await startTestServer(t, await engine.open(t))),
    )
    const second = await refresh(server.origin, first)
    const third = await refresh(server.origin, second.body.refresh_token)
    assert.equal((await refresh(server.origin, first)).body.error, 'invalid_grant')
    await isRevoked(server, third)
  })

  test(`a repetition does not count if its node ended before the answer (${engine.name})`, async (t) => {
    const { server, first } = await openSpa(
      await signInOn(await startTestServer(t, await engine.open(t))),
    )
    const tokens: (string | undefined)[] = []
    for (const _ of [1, 2, 3, 4]) {
      tokens.push((await refresh(server.origin, first)).body.refresh_token)
      server.nodes.restart()
    }
    assert.equal(new Set(tokens).size, 1)
    assert.equal((await refresh(server.origin, tokens[0])).status, 200)
  })

  test(`a repetition succeeds if the node ended between spending a token and storing the next one (${engine.name})`, async (t) => {
    const { server, first } = await openSpa(
      await signInOn(await startTestServer(t, await engine.open(t))),
    )
    const lost = await refresh(server.origin, first)
    const id = hashRecordId(lost.body.refresh_token ?? '')
    await server.db.deleteFrom('oidc_records').where('id', '=', id).execute()
    const again = await refresh(server.origin, first)
    assert.equal(again.body.refresh_token, lost.body.refresh_token)
    assert.equal((await refresh(server.origin, again.body.refresh_token)).status, 200)
  })

  test(`A33: of simultaneous repetitions of a refresh at two nodes at most one gets an answer (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const { server, first } = await openSpa(await signInOn(await startTestServer(t, one)))
    const origins = [server.origin, (await startTestServer(t, two)).origin]
    const given = await refresh(server.origin, first)
    const uses = await Promise.all(
      Array.from({ length: 10 }, (_, n) => refresh(origins[n % 2] ?? '', first)),
    )
    const repeated = uses.filter(({ status }) => status === 200)
    assert.ok(repeated.length <= 1)
    for (const { status, body } of uses) {
      if (status !== 200) assert.deepEqual([status, body.error], [400, 'invalid_grant'])
    }
    await isRevoked(server, given, ...repeated)
  })

  test(`an app with a secret keeps its refresh token, also with simultaneous requests (${engine.name})`, async (t) => {
    const { server, browser, erika } = await signInOn(
      await startTestServer(t, await engine.open(t)),
    )
    const mail = await server.addApp({ id: 'mail' })
    const { refresh_token: token = '' } = await mail.signIn(browser, offline)
    const uses = await Promise.all(
      Array.from({ length: 8 }, () => client.refreshTokenGrant(mail.config, token)),
    )
    for (const { refresh_token, access_token } of uses) {
      assert.equal(refresh_token, token)
      await client.fetchUserInfo(mail.config, access_token, erika.id)
    }
  })
})

test('A33: another app cannot repeat a refresh, and does not disturb it', async (t) => {
  const { server, first } = await openSpa(await startSignedIn(t))
  await server.addApp({ id: 'other', settings: publicSettings('other') })
  const lost = await refresh(server.origin, first)
  for (const _ of [1, 2]) {
    assert.equal((await refresh(server.origin, first, 'other')).body.error, 'invalid_grant')
  }
  const again = await refresh(server.origin, first)
  assert.equal(again.body.refresh_token, lost.body.refresh_token)
})

test('a repetition asks the gate, and one that was refused is not used up', async (t) => {
  const { server, first } = await openSpa(await startSignedIn(t))
  await refresh(server.origin, first)
  const { policy } = (await server.apps.find(server.db, 'spa')) ?? assert.fail()
  const board = { secondFactor: 'none' as const, allowedGroups: ['board'] }
  await server.apps.change(server.db, 'spa', { policy: board })
  assert.equal((await refresh(server.origin, first)).body.error, 'invalid_grant')
  await server.apps.change(server.db, 'spa', { policy })
  assert.equal((await refresh(server.origin, first)).status, 200)
})

test('a spent refresh token is inactive for an API, while its app may still repeat the refresh', async (t) => {
  const { server, first } = await openSpa(await startSignedIn(t))
  const settings = { redirectUris: ['http://127.0.0.1:1/api'], introspects: true as const }
  const api = await server.addApp({ id: 'api', settings })
  assert.equal((await client.tokenIntrospection(api.config, first)).active, true)
  await refresh(server.origin, first)
  assert.equal((await client.tokenIntrospection(api.config, first)).active, false)
  assert.equal((await refresh(server.origin, first)).status, 200)
})

async function signInBound(spa: RelyingParty, scene: Awaited<ReturnType<typeof startSignedIn>>) {
  const key = client.getDPoPHandle(spa.config, await client.randomDPoPKeyPair())
  const attempt = await spa.begin(offline)
  const { url } = await scene.browser.open(attempt.url, spa.redirectUri)
  const options = { DPoP: key }
  return {
    key,
    tokens: await client.authorizationCodeGrant(
      spa.config,
      url,
      attempt.checks,
      undefined,
      options,
    ),
  }
}

test('a public app with DPoP keeps its refresh token, which only its own key can use', async (t) => {
  const scene = await startSignedIn(t)
  const { server } = scene
  const spa = await server.addApp({ id: 'spa', settings: publicSettings('spa') })
  const { key, tokens } = await signInBound(spa, scene)
  const token = tokens.refresh_token ?? assert.fail('no refresh token')
  const use = async (DPoP?: client.DPoPHandle) =>
    client.refreshTokenGrant(spa.config, token, undefined, DPoP === undefined ? {} : { DPoP })
  const foreign = client.getDPoPHandle(spa.config, await client.randomDPoPKeyPair())
  for (const _ of [1, 2]) {
    assert.equal((await use(key)).refresh_token, token)
    await assert.rejects(use(foreign), { error: 'invalid_grant' })
    await assert.rejects(use(), { error: 'invalid_grant' })
  }
  assert.equal((await use(key)).refresh_token, token)
})

test('a refresh token is spent one second after another, and each may be repeated once', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { server, first } = await openSpa(await startSignedIn(t))
  let token: string | undefined = first
  for (const _ of [1, 2, 3]) {
    const lost = await refresh(server.origin, token)
    t.mock.timers.tick(seconds(2))
    const again = await refresh(server.origin, token)
    assert.equal(again.body.refresh_token, lost.body.refresh_token)
    token = again.body.refresh_token
  }
})
