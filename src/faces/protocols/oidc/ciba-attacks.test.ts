import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnsecuredJWT } from 'jose'
import { addCibaNode, addTill, openCibaStage } from '../../../dev/test-support/ciba-scene.ts'
import { signApproval } from '../../../dev/test-support/push-scene.ts'
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import { transact } from '../../../platform/storage/transact.ts'

const withoutSecrets = (body: Readonly<Record<string, unknown>>) => {
  const { auth_req_id: id, einlass_code: code, ...rest } = body
  return { ...rest, id: `${id}`.length, code: `${code}`.length }
}

test('A14: for a user who is unknown, disabled, not allowed or without a phone, the request looks pending', async (t) => {
  const stage = await openCibaStage(t, {
    policy: { secondFactor: 'none', allowedGroups: ['cashiers'] },
  })
  const { server, tryToBegin, fetchTokens, listAsked } = stage
  const silent = await openCibaStage(t)
  await server.addUser('otto')
  const gone = await server.addUser('max')
  await stage.phones.addDevice(gone.id)
  await server.users.disable(server.db, gone.id)
  const expected = await silent.tryToBegin()
  assert.equal((await silent.listAsked()).length, 1)
  const waits = await silent.fetchTokens(expected.body)
  const names = (headers: Headers) => [...headers.keys()].filter((name) => name !== 'date')
  for (const login_hint of ['nobody', 'erika', 'otto', 'max', '"', 'a'.repeat(3000)]) {
    const { status, body, headers } = await tryToBegin({ login_hint })
    assert.equal(status, 200, login_hint)
    assert.deepEqual(withoutSecrets(body), withoutSecrets(expected.body))
    assert.deepEqual(names(headers), names(expected.headers))
    const { status: polled, body: said } = await fetchTokens(body)
    assert.deepEqual([polled, said], [waits.status, waits.body])
  }
  assert.deepEqual(await listAsked(), [])
})

test('A33: an app gets no tokens for the request of another app', async (t) => {
  const { server, begin, fetchTokens, answer } = await openCibaStage(t)
  const other = await addTill(server, 'other')
  const begun = await begin()
  await answer(signApproval)
  assert.equal((await other.fetchTokens(begun)).body.error, 'invalid_grant')
  const session = await server.db.selectFrom('sessions').select('id').execute()
  assert.deepEqual(session, [])
  // This poll has used up the interval, as anyone can do who knows the id.
  assert.equal((await fetchTokens(begun)).body.error, 'slow_down')
})

test('A33: a second use of a request fails and revokes the tokens of the first use', async (t) => {
  const stage = await openCibaStage(t)
  const { server, begin, fetchTokens, answer } = stage
  const begun = await begin()
  await answer(signApproval)
  const { body } = await fetchTokens(begun)
  const ask = () =>
    fetch(`${server.oidc.issuer}/me`, { headers: { authorization: `Bearer ${body.access_token}` } })
  assert.equal((await ask()).status, 200)
  // Here it would have to slow down first.
  const other = await addCibaNode(t, stage, server)
  assert.equal((await other.fetchTokens(begun)).body.error, 'invalid_grant')
  assert.equal((await ask()).status, 401)
})

test('A33: a public app or an app with pairwise subjects cannot use CIBA', async (t) => {
  const { server } = await openCibaStage(t)
  for (const more of [{ tokenEndpointAuthMethod: 'none' }, { subjectType: 'pairwise' }]) {
    const settings = { redirectUris: ['http://127.0.0.1:1/a'], ciba: true, ...more }
    await assert.rejects(
      server.apps.create(server.db, { id: 'a', name: 'A', settings, policy: {} }),
    )
  }
})

test('A33: an app without client authentication cannot ask a phone', async (t) => {
  const { server, listAsked } = await openCibaStage(t)
  const body = new URLSearchParams({ scope: 'openid', login_hint: 'erika', client_id: 'till' })
  const answer = await fetch(`${server.oidc.issuer}/backchannel`, { method: 'POST', body })
  assert.equal((await answer.json()).error, 'invalid_client')
  assert.deepEqual(await listAsked(), [])
})

for (const [name, message] of [
  ['with a line break', 'Beleg\n4711'],
  ['with an escape', 'Beleg\u001b[2J'],
  ['that turns the direction of the text', 'Beleg \u202e1174'],
  ['with invisible characters', 'Be\u200bleg'],
  ['of invisible letters', '\u3164\u115f'],
  ['of an empty Braille pattern', '\u2800'],
  ['of a variation selector', '\ufe0f'],
  ['of blanks', '\u00a0\u3000'],
  ['with an invisible letter', 'Beleg\u3164 4711'],
  ['that is too long', 'a'.repeat(41)],
] as const) {
  test(`A39: a binding message ${name} is refused`, async (t) => {
    const { tryToBegin, listAsked } = await openCibaStage(t)
    const { status, body } = await tryToBegin({ binding_message: message })
    assert.deepEqual([status, body.error], [400, 'invalid_binding_message'])
    assert.deepEqual(await listAsked(), [])
  })
}

test('A1: a user gets at most three requests without approval in ten minutes, and ten in a day', async (t) => {
  const { server, begin, listAsked, clock } = await openCibaStage(t)
  for (let i = 0; i < 5; i++) {
    await begin()
    clock.pass(minutes(1))
  }
  assert.equal((await listAsked()).length, 3)
  const [held] = await server.listAudit('push_held_back')
  assert.equal(held?.reason, 'limit')
  // Other apps are no way around it.
  for (let i = 0; i < 20; i++) {
    const { begin: beginThere } = await addTill(server, `other${i}`)
    await beginThere()
    if (i === 0) assert.equal((await listAsked()).length, 3)
    clock.pass(minutes(11))
  }
  assert.equal((await listAsked()).length, 10)
})

test('A1: a user gets one request at a time, and no app supersedes a pending login', async (t) => {
  const { phones, phone, begin, listAsked, clock } = await openCibaStage(t)
  const login = await phones.challenge(phone, { journeyHash: 'in a browser' })
  await begin()
  assert.deepEqual(
    (await listAsked()).map(({ messageId, status }) => [messageId, status]),
    [[login.messageId, 'waiting']],
  )
  clock.pass(minutes(3))
  await begin()
  clock.pass(seconds(21))
  await begin()
  const states = (await listAsked()).map(({ status }) => status)
  assert.deepEqual(states, ['waiting', 'superseded', 'superseded'])
})

test('A48: an app has a rate limit for one user and for all users', async (t) => {
  const { tryToBegin } = await openCibaStage(t)
  for (let i = 0; i < 6; i++) assert.equal((await tryToBegin({ login_hint: 'nobody' })).status, 200)
  const { status, body, headers } = await tryToBegin({ login_hint: 'nobody' })
  assert.deepEqual([status, body.error], [429, 'temporarily_unavailable'])
  assert.equal(headers.get('retry-after'), '10')
  const answers = []
  for (let i = 0; i < 60; i++) answers.push(await tryToBegin({ login_hint: `nobody${i}` }))
  assert.ok(answers.some((one) => one.status === 429))
})

test('A48: all spellings of a user name, and all tokens for one user, share a rate limit', async (t) => {
  const { tryToBegin } = await openCibaStage(t)
  const ask = async (hints: readonly Readonly<Record<string, string>>[]) => {
    const statuses = []
    for (const hint of hints) statuses.push((await tryToBegin(hint)).status)
    return statuses
  }
  const names = ['nobody', 'NOBODY', ' nobody', 'Nobody ', '\uff4eobody', 'noBody', 'nobodY']
  const byName = await ask(names.map((login_hint) => ({ login_hint })))
  assert.deepEqual(byName, [200, 200, 200, 200, 200, 200, 429])
  // These are refused as nobody has signed them, and counted before that.
  const tokens = names.map((jti) => new UnsecuredJWT({ jti, sub: 'usr_1' }).encode())
  const byToken = await ask(tokens.map((id_token_hint) => ({ login_hint: '', id_token_hint })))
  assert.deepEqual(byToken, [400, 400, 400, 400, 400, 400, 429])
})

test('A1: a user can be asked six times a minute, by name and token together; the app sees no difference', async (t) => {
  const { server, begin, fetchTokens, answer, tryToBegin } = await openCibaStage(t)
  const begun = await begin()
  await answer(signApproval)
  const { id_token } = (await fetchTokens(begun)).body
  const listReasons = async () => {
    await server.oidc.settled()
    return server.entries.flatMap(({ entry }) => ('reason' in entry ? entry.reason : []))
  }
  for (let time = 1; time < 6; time += 1) assert.equal((await tryToBegin()).status, 200)
  assert.ok(!(await listReasons()).includes('too_many'))
  const { status } = await tryToBegin({ login_hint: '', id_token_hint: `${id_token}` })
  assert.equal(status, 200)
  assert.equal((await listReasons()).at(-1), 'too_many')
})

test('A13: the approval of a user who was then disabled gives no tokens', async (t) => {
  const { server, begin, fetchTokens, answer, erika } = await openCibaStage(t)
  const begun = await begin()
  await answer(signApproval)
  await server.users.disable(server.db, erika.id)
  assert.equal((await fetchTokens(begun)).body.error, 'access_denied')
  assert.deepEqual(await server.db.selectFrom('sessions').select('id').execute(), [])
})

test('A13: an app that the user may no longer enter gets no tokens for an approval', async (t) => {
  const { server, begin, fetchTokens, answer } = await openCibaStage(t)
  const begun = await begin()
  await answer(signApproval)
  await server.apps.change(server.db, 'till', { policy: { allowedGroups: ['cashiers'] } })
  assert.equal((await fetchTokens(begun)).body.error, 'access_denied')
})

test('A13: an approval that the app did not fetch within two minutes gives no tokens', async (t) => {
  const { begin, fetchTokens, answer, clock, server, erika } = await openCibaStage(t)
  const begun = await begin()
  await answer(signApproval)
  clock.pass(minutes(3))
  assert.equal((await fetchTokens(begun)).body.error, 'authorization_pending')
  assert.deepEqual(await server.sessions.listOf(erika.id), [])
})

test('A13: an approval gives no tokens after the user reported a login or the phone was removed', async (t) => {
  const reported = await openCibaStage(t)
  const first = await reported.begin()
  await reported.answer(signApproval)
  await reported.server.users.blockPush(
    reported.server.db,
    reported.erika.id,
    Date.now() + hours(1),
  )
  assert.equal((await reported.fetchTokens(first)).body.error, 'access_denied')

  const { begin, answer, fetchTokens, server, phones, phone } = await openCibaStage(t)
  const second = await begin()
  await answer(signApproval)
  await transact(server.db, (tx) => phones.challenges.withdrawAll(tx, phone.id))
  assert.equal((await fetchTokens(second)).body.error, 'authorization_pending')
})
