import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'openid-client'
import { addCibaNode, type CibaStage, openCibaStage } from '../../../dev/test-support/ciba-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { signApproval, signDenial, signWrongNumber } from '../../../dev/test-support/push-scene.ts'
import { readJwt } from '../../../dev/test-support/read-jwt.ts'
import { acrApproval } from '../../../identity/policy/assurance.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { transact } from '../../../platform/storage/transact.ts'

/** What an app reads of a request that nobody answers. */
async function pretendExpired({ server }: CibaStage): Promise<void> {
  const rows = await server.db
    .selectFrom('oidc_records')
    .select(['id', 'payload'])
    .where('model', '=', 'BackchannelAuthenticationRequest')
    .execute()
  for (const { id, payload } of rows) {
    const exp = Math.floor(Date.now() / 1000) - 1
    await server.db
      .updateTable('oidc_records')
      .set({ payload: JSON.stringify({ ...JSON.parse(payload), exp }) })
      .where('id', '=', id)
      .execute()
  }
}

onEachEngine(({ name, open, openTwice }) => {
  test(`an app asks a phone and gets tokens after the owner approves (${name})`, async (t) => {
    const stage = await openCibaStage(t, { database: await open(t) })
    const { begin, fetchTokens, erika, server, listAsked, answer } = stage
    const begun = await begin({ binding_message: 'Beleg 4711' })
    assert.deepEqual([begun.interval, begun.expires_in], [5, 150])
    assert.match(`${begun.einlass_code}`, /^\d{4}[1-9]\d$/)
    const [asked] = await listAsked()
    assert.equal(asked?.numbers.right, Number(`${begun.einlass_code}`.slice(-2)))
    assert.deepEqual(asked?.about, { app: 'Till', byApp: { message: 'Beleg 4711' } })
    await answer(signApproval)
    const { status, body } = await fetchTokens(begun)
    assert.equal(status, 200, JSON.stringify(body))
    const { payload } = readJwt(body.id_token)
    assert.deepEqual(
      [payload.sub, payload.acr, payload.amr, payload.preferred_username],
      [erika.id, acrApproval, ['swk', 'user'], 'erika'],
    )
    assert.equal(body.refresh_token, undefined)
    const [session, ...others] = await server.sessions.listOf(erika.id)
    assert.deepEqual([session?.acr, session?.userAgent, others], [acrApproval, null, []])
    const types = await server.listAuditTypes()
    for (const type of ['oidc_phone_asked', 'push_answered', 'login_succeeded', 'oidc_signed_in'])
      assert.ok(types.includes(type), type)
    assert.deepEqual(await server.listAudit('oidc_phone_asked'), [
      { userId: erika.id, appId: 'till', message: 'Beleg 4711' },
    ])
    const counted = await server.cibaCounts.metric.read()
    assert.deepEqual(
      counted.filter(({ value }) => value > 0).map(({ labels }) => labels?.outcome),
      ['asked', 'approved'],
    )
  })

  test(`of three simultaneous fetches at most one gets the tokens (${name})`, async (t) => {
    const { begin, fetchTokens, answer, server, erika } = await openCibaStage(t, {
      database: await open(t),
    })
    const begun = await begin()
    await answer(signApproval)
    const both = await Promise.all([1, 2, 3].map(() => fetchTokens(begun)))
    assert.ok(both.filter(({ status }) => status === 200).length <= 1)
    assert.equal((await server.sessions.listOf(erika.id)).length, 1)
  })

  test(`A33: simultaneous fetches at two nodes leave no valid token and no session (${name})`, async (t) => {
    const [here, there] = await openTwice(t)
    const stage = await openCibaStage(t, { database: here })
    const { begin, answer, server, erika } = stage
    const nodes = [stage, await addCibaNode(t, stage, there)]
    const begun = await begin({ scope: 'openid offline_access' })
    await answer(signApproval)
    const bodies = await Promise.all(
      nodes.map(async (node) => (await node.fetchTokens(begun)).body),
    )
    const last = await addCibaNode(t, stage, there)
    assert.equal((await last.fetchTokens(begun)).body.error, 'invalid_grant')
    for (const { access_token: token } of bodies) {
      if (token === undefined) continue
      const headers = { authorization: `Bearer ${token}` }
      assert.equal((await fetch(`${server.oidc.issuer}/me`, { headers })).status, 401)
    }
    assert.deepEqual(await server.sessions.listOf(erika.id), [])
    const ended = await server.listAudit('session_ended')
    assert.deepEqual(
      ended.map(({ reason }) => reason),
      ['app_key_reused'],
    )
  })
})

onEachEngine(({ name, openTwice }) => {
  test(`a busy phone is asked when it is free, also if the app polls another node (${name})`, async (t) => {
    const [here, there] = await openTwice(t)
    const stage = await openCibaStage(t, { database: here })
    const { begin, phones, phone, listAsked, server, clock, erika } = stage
    const nodes = [await addCibaNode(t, stage, there), await addCibaNode(t, stage, here)]
    const login = await phones.challenge(phone, { journeyHash: 'in a browser' })
    const begun = await begin({ binding_message: 'Beleg 4711' })
    assert.equal((await listAsked()).length, 1)
    const rows = await server.db.selectFrom('oidc_records').select('payload').execute()
    assert.doesNotMatch(JSON.stringify(rows), new RegExp(`${begun.einlass_code}`))
    await phones.challenges.withdraw(server.db, login.messageId)
    clock.pass(minutes(1))
    const polled = await Promise.all(nodes.map((node) => node.fetchTokens(begun)))
    for (const { body } of polled) assert.equal(body.error, 'authorization_pending')
    for (const node of nodes) await node.server.oidc.settled()
    const [asked, ...others] = await listAsked()
    assert.equal(others.length, 1)
    assert.equal(asked?.numbers.right, Number(`${begun.einlass_code}`.slice(-2)))
    assert.deepEqual(asked?.about, { app: 'Till', byApp: { message: 'Beleg 4711' } })
    await stage.answer(signApproval)
    assert.equal((await stage.fetchTokens(begun)).status, 200)
    assert.equal((await server.sessions.listOf(erika.id)).length, 1)
  })
})

test('a session from CIBA ends when the app revokes its tokens', async (t) => {
  const { begin, answer, fetchTokens, post, server, erika } = await openCibaStage(t)
  const begun = await begin({ scope: 'openid offline_access' })
  await answer(signApproval)
  const { body } = await fetchTokens(begun)
  assert.equal((await post('/token/revocation', { token: body.refresh_token })).status, 200)
  assert.deepEqual(await server.sessions.listOf(erika.id), [])
  const [ended] = await server.listAudit('session_ended')
  assert.equal(ended?.reason, 'revoked_by_app')
})

test('a session from CIBA lasts while the app refreshes with the same token', async (t) => {
  const { begin, answer, fetchTokens, post, server, erika } = await openCibaStage(t)
  const begun = await begin({ scope: 'openid offline_access' })
  await answer(signApproval)
  const { body } = await fetchTokens(begun)
  const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token }
  for (const _ of [1, 2]) {
    const again = await post('/token', refresh)
    assert.deepEqual([again.status, again.body.refresh_token], [200, body.refresh_token])
  }
  assert.equal((await server.sessions.listOf(erika.id)).length, 1)
})

test('the tokens of an app end with the session that the approval created', async (t) => {
  const { begin, fetchTokens, answer, server, erika } = await openCibaStage(t)
  const begun = await begin({ scope: 'openid offline_access' })
  await answer(signApproval)
  const { body } = await fetchTokens(begun)
  assert.equal(typeof body.refresh_token, 'string')
  const ask = () =>
    fetch(`${server.oidc.issuer}/me`, { headers: { authorization: `Bearer ${body.access_token}` } })
  assert.equal((await ask()).status, 200)
  await transact(server.db, (tx) =>
    server.logins.endAll(tx, { userId: erika.id, reason: 'user_disabled' }),
  )
  assert.equal((await ask()).status, 401)
})

test('a session from CIBA is linked to the phone that approved it', async (t) => {
  const { begin, fetchTokens, answer, server, erika, phone } = await openCibaStage(t)
  const begun = await begin()
  await answer(signApproval)
  await fetchTokens(begun)
  const [session] = await server.sessions.listOf(erika.id)
  assert.ok(session)
  const found = await server.journeys.sessionsProvenWith(server.db, erika.id, [phone.id])
  assert.deepEqual(found, [session.id])
})

test('a poll says that the request is pending, that the app must slow down, or that the request has expired', async (t) => {
  const stage = await openCibaStage(t)
  const { begin, fetchTokens } = stage
  const begun = await begin()
  assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
  assert.equal((await fetchTokens(begun)).body.error, 'slow_down')
  const other = await begin({ requested_expiry: '30' })
  assert.equal(other.expires_in, 30)
  await pretendExpired(stage)
  assert.equal((await fetchTokens(other)).body.error, 'expired_token')
})

test('the request on the phone does not last longer than the app waits', async (t) => {
  const { begin, listAsked, clock } = await openCibaStage(t)
  await begin({ requested_expiry: '30' })
  const [asked] = await listAsked()
  assert.ok(asked && asked.expiresAt <= clock.now() + 31_000, `${asked?.expiresAt}`)
})

for (const [name, sign] of [
  ['who denies', signDenial],
  ['who chooses another number', signWrongNumber],
] as const) {
  test(`the app gets no tokens from a user ${name}, and the user is notified`, async (t) => {
    const { begin, fetchTokens, answer, phones, server, erika } = await openCibaStage(t)
    const begun = await begin()
    await answer(sign)
    assert.equal((await fetchTokens(begun)).body.error, 'access_denied')
    assert.deepEqual(await server.sessions.listOf(erika.id), [])
    assert.equal(phones.noticed.length, 1)
  })
}

test('an approval does not satisfy a rule with a second factor, so the phone is not asked', async (t) => {
  for (const secondFactor of ['optional', 'required'] as const) {
    const { begin, fetchTokens, listAsked } = await openCibaStage(t, { policy: { secondFactor } })
    const begun = await begin()
    assert.deepEqual(await listAsked(), [])
    assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
  }
})

test('an approval does not satisfy a level that the app requests, so the phone is not asked', async (t) => {
  const { begin, listAsked } = await openCibaStage(t)
  await begin({ acr_values: 'urn:einlass:acr:number' })
  const acr = { essential: true, values: ['urn:example:unknown'] }
  await begin({ claims: JSON.stringify({ id_token: { acr } }) })
  assert.deepEqual(await listAsked(), [])
})

test('an id_token_hint names the person', async (t) => {
  const { begin, fetchTokens, answer, tryToBegin, listAsked, clock } = await openCibaStage(t)
  const begun = await begin()
  await answer(signApproval)
  const { id_token } = (await fetchTokens(begun)).body
  clock.pass(minutes(1))
  const { status } = await tryToBegin({ login_hint: '', id_token_hint: id_token })
  assert.equal(status, 200)
  assert.equal((await listAsked()).length, 2)
})

test('the discovery document has CIBA, and only apps with CIBA turned on can use it', async (t) => {
  const { server, config } = await openCibaStage(t)
  const { backchannel_token_delivery_modes_supported: modes } = config.serverMetadata()
  assert.deepEqual(modes, ['poll'])
  const { config: other } = await server.addApp({ id: 'web' })
  await assert.rejects(
    client.initiateBackchannelAuthentication(other, { scope: 'openid', login_hint: 'erika' }),
    (error: Error) => 'error' in error && error.error === 'invalid_request',
  )
})

test('no user code is promised, and a request with one is refused for every name', async (t) => {
  const { config, tryToBegin, listAsked } = await openCibaStage(t)
  const { backchannel_user_code_parameter_supported: isPromised } = config.serverMetadata()
  assert.equal(isPromised, false)
  for (const login_hint of ['erika', 'nobody']) {
    const { status, body } = await tryToBegin({ login_hint, user_code: '1234' })
    assert.deepEqual([status, body.error], [400, 'invalid_request'])
  }
  assert.deepEqual(await listAsked(), [])
})

test('a busy phone is asked when it is free and the app still waits', async (t) => {
  const { begin, fetchTokens, phones, phone, listAsked, server, clock } = await openCibaStage(t)
  const login = await phones.challenge(phone, { journeyHash: 'in a browser' })
  const begun = await begin()
  assert.equal((await listAsked()).length, 1)
  await phones.challenges.withdraw(server.db, login.messageId)
  clock.pass(minutes(1))
  assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
  await server.oidc.settled()
  const [asked] = await listAsked()
  assert.equal(asked?.numbers.right, Number(`${begun.einlass_code}`.slice(-2)))
})
