import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordsOf } from '../../../dev/test-support/oidc-records.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createUsers } from '../../../identity/users/users.ts'
import { systemClock } from '../../../platform/kernel/clock.ts'
import { newOrderedSecret } from '../../../platform/kernel/ids.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import { findEndedSessions } from '../ended-sessions.ts'
import { createGrantId, hashRecordId } from './record-ids.ts'

const code = { accountId: 'usr_1', clientId: 'mail', sessionUid: 'ses_a', grantId: 'ses_a~g' }

onEachEngine((engine) => {
  test(`a record is found by its id until it expires (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const tokens = records.adapterFor('AccessToken')
    await tokens.upsert('secret', { ...code, jti: 'secret', scope: 'openid' }, 60)
    assert.deepEqual(await tokens.find('secret'), { ...code, jti: 'secret', scope: 'openid' })
    assert.equal(await tokens.find('other'), undefined)
    assert.equal(await records.adapterFor('RefreshToken').find('secret'), undefined)
    state.now += 60_000
    assert.equal(await tokens.find('secret'), undefined)
    assert.equal(await records.purge(), 1)
    assert.equal(await records.purge(), 0)
  })

  test(`the database stores no id of a record in plain text (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records } = recordsOf(db)
    for (const model of ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'Session']) {
      await records.adapterFor(model).upsert('top-secret', { ...code, jti: 'top-secret' }, 60)
    }
    const rows = await db.selectFrom('oidc_records').selectAll().execute()
    assert.doesNotMatch(JSON.stringify(rows), /top-secret/)
  })

  test(`records of tokens are stored in the order of their creation (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records } = recordsOf(db)
    const tokens = [3, 1, 2].map((now) => newOrderedSecret(systemRandom, now))
    for (const token of tokens) await records.adapterFor('AccessToken').upsert(token, code, 60)
    const stored = await db.selectFrom('oidc_records').select('id').orderBy('id').execute()
    const [third, first, second] = tokens.map(hashRecordId)
    assert.deepEqual(
      stored.map(({ id }) => id),
      [first, second, third],
    )
    for (const token of tokens) {
      assert.ok(!JSON.stringify(stored).includes(token.slice(11)), 'the secret itself is stored')
      assert.ok(await records.adapterFor('AccessToken').find(token))
    }
  })

  test(`saving a record again replaces it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const interactions = records.adapterFor('Interaction')
    await interactions.upsert('i', { returnTo: '/a' }, 60)
    await interactions.upsert('i', { returnTo: '/b' }, 120)
    state.now += 100_000
    assert.deepEqual(await interactions.find('i'), { jti: 'i', returnTo: '/b' })
  })

  test(`a record of an ended login is not found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const tokens = records.adapterFor('RefreshToken')
    const grants = records.adapterFor('Grant')
    await tokens.upsert('r', code, 60)
    await grants.upsert(createGrantId('ses_a', 'g'), { accountId: 'usr_1', clientId: 'mail' }, 60)
    state.live.delete('ses_a')
    assert.equal(await tokens.find('r'), undefined)
    assert.equal(await grants.find(createGrantId('ses_a', 'g')), undefined)
  })

  test(`an OIDC session is found only while its own login is the current one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const sessions = records.adapterFor('Session')
    const authorizations = { mail: { sid: 's' } }
    await sessions.upsert('cookie', { uid: 'ses_a', accountId: 'usr_1', authorizations }, 60)
    assert.deepEqual(await sessions.find('cookie'), {
      jti: 'cookie',
      uid: 'ses_a',
      accountId: 'usr_1',
    })
    for (const current of ['ses_b', undefined]) {
      state.current = current
      assert.equal(await sessions.find('cookie'), undefined)
    }
    assert.equal(await sessions.findByUid('ses_a'), undefined)
  })

  test(`an OIDC session without a user is not stored (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records } = recordsOf(db)
    const sessions = records.adapterFor('Session')
    await sessions.upsert('cookie', { uid: 'random' }, 60)
    assert.equal(await sessions.find('cookie'), undefined)
    await sessions.upsert('cookie', { uid: 'ses_a', accountId: 'usr_1' }, 60)
    assert.ok(await sessions.find('cookie'))
    await sessions.upsert('cookie', { uid: 'random' }, 60)
    assert.deepEqual(await db.selectFrom('oidc_records').select('id').execute(), [])
  })

  test(`an OIDC session is written again only where it has changed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const sessions = records.adapterFor('Session')
    const session = { uid: 'ses_a', accountId: 'usr_1', acr: 'urn:a' }
    const writtenBy = async (payload: object, id = 'cookie') => {
      state.request = {}
      await sessions.find('cookie')
      await sessions.upsert(id, { ...payload, jti: id, exp: state.now }, 60)
      const rows = await db.selectFrom('oidc_records').select('payload').execute()
      return rows.some(({ payload: text }) => JSON.parse(text).exp === state.now)
    }
    assert.equal(await writtenBy(session), true)
    state.now += 1000
    assert.equal(await writtenBy({ ...session, authorizations: { mail: {} } }), false)
    for (const other of [{ acr: 'urn:b' }, { uid: 'ses_b' }, { state: { secret: 'x' } }]) {
      state.now += 1000
      assert.equal(await writtenBy({ ...session, ...other }), true, JSON.stringify(other))
      await writtenBy(session)
    }
    state.now += 1000
    assert.equal(await writtenBy(session, 'another cookie'), true)
  })

  test(`a grant is stored together with its code, and not before (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const grants = records.adapterFor('Grant')
    const grant = { accountId: 'usr_1', clientId: 'mail' }
    records.storeWithCode(state.request)
    await grants.upsert('ses_a~g', grant, 60)
    assert.equal(await grants.find('ses_a~g'), undefined)
    await records.adapterFor('AuthorizationCode').upsert('c', code, 60)
    assert.ok(await grants.find('ses_a~g'))
    state.request = {}
    await grants.upsert('ses_a~other', grant, 60)
    assert.ok(await grants.find('ses_a~other'))
  })

  test(`all expired records are removed, also thousands of them (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const row = { model: 'Interaction', payload: '{}', expires_at: state.now }
    const rows = Array.from({ length: 2500 }, (_, n) => ({ ...row, id: `i${n}` }))
    while (rows.length > 0) {
      await db.insertInto('oidc_records').values(rows.splice(0, 500)).execute()
    }
    await records.adapterFor('AccessToken').upsert('t', code, 60)
    assert.equal(await records.purge(), 2500)
    assert.ok(await records.adapterFor('AccessToken').find('t'))
  })

  test(`of simultaneous uses of a code one succeeds, and the grant is revoked (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const nodes = [one, two].map(({ db }) => recordsOf(db).records.adapterFor('AuthorizationCode'))
    const { records } = recordsOf(one.db)
    await records.adapterFor('AuthorizationCode').upsert('c', code, 60)
    await records.adapterFor('AccessToken').upsert('t', code, 60)
    await records.adapterFor('AccessToken').upsert('u', { ...code, grantId: 'ses_a~h' }, 60)
    await records.adapterFor('Grant').upsert('ses_a~g', { accountId: 'usr_1' }, 60)
    const uses = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => nodes[i % 2]?.consume('c')),
    )
    assert.equal(uses.filter((use) => use.status === 'fulfilled').length, 1)
    for (const use of uses) {
      if (use.status === 'rejected') assert.equal(use.reason.error, 'invalid_grant')
    }
    assert.equal(await records.adapterFor('AccessToken').find('t'), undefined)
    assert.equal(await records.adapterFor('Grant').find('ses_a~g'), undefined)
    assert.ok(await records.adapterFor('AccessToken').find('u'))
  })

  test(`a used record is marked as consumed, and a revoked grant removes its records (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const tokens = records.adapterFor('DeviceCode')
    await tokens.upsert('r', code, 60)
    await tokens.consume('r')
    assert.equal((await tokens.find('r'))?.consumed, state.now / 1000)
    await tokens.revokeByGrantId('ses_a~g')
    assert.equal(await tokens.find('r'), undefined)
    await tokens.upsert('s', code, 60)
    await tokens.destroy('s')
    assert.equal(await tokens.find('s'), undefined)
  })

  test(`a spent refresh token is valid once more for a minute, until its successor is used (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, successors, state } = recordsOf(db)
    const tokens = records.adapterFor('RefreshToken')
    const rotate = async (token: string) => {
      const next = successors.name({ token, at: state.now })
      const given = { model: 'RefreshToken', id: next, payload: code, expiresIn: 600 }
      const spent = { model: 'RefreshToken', hash: hashRecordId(token), at: state.now }
      assert.equal(await records.exchange(spent, [given]), true)
      return next
    }
    const isSpent = async (id: string) => (await tokens.find(id))?.consumed !== undefined
    await tokens.upsert('first', code, 600)
    const second = await rotate('first')
    state.now += 60_000
    assert.equal(await isSpent('first'), false)
    state.now += 1
    assert.equal(await isSpent('first'), true, 'that was too long ago')
    const third = await rotate(second)
    assert.equal(await isSpent(second), false)
    await tokens.consume(second)
    assert.equal(successors.findNext(), third, 'the same answer')
    assert.equal(await isSpent(second), true, 'it was repeated')
    const fourth = await rotate(third)
    await rotate(fourth)
    assert.equal(await isSpent(third), true, 'its answer had arrived')
    assert.equal(await isSpent(fourth), false)
  })

  test(`a pushed request is valid again if its node stopped, once and for a minute (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const requests = records.adapterFor('PushedAuthorizationRequest')
    const isSpent = async () => (await requests.find('uri'))?.consumed !== undefined
    await requests.upsert('uri', { request: 'jwt' }, 600)
    await requests.consume('uri')
    assert.equal(await isSpent(), true, 'its node still runs')
    state.nodes.restart()
    assert.equal(await isSpent(), false)
    await requests.consume('uri')
    assert.equal(await isSpent(), true)
    state.nodes.restart()
    state.now += 60_001
    assert.equal(await isSpent(), true, 'that was too long ago')
  })

  test(`of simultaneous repetitions at two nodes one succeeds, and the grant is revoked (${engine.name})`, async (t) => {
    const opened = await engine.openTwice(t)
    const nodes = opened.map(({ db }) => recordsOf(db).records.adapterFor('RefreshToken'))
    await nodes[0]?.upsert('first', code, 600)
    await nodes[0]?.consume('first')
    const uses = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => nodes[i % 2]?.consume('first')),
    )
    assert.equal(uses.filter((use) => use.status === 'fulfilled').length, 1)
    assert.deepEqual(await opened[0].db.selectFrom('oidc_records').select('id').execute(), [])
  })

  test(`a node that only seemed gone stores no tokens for a request that another node has answered (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const [first, next] = [recordsOf(one.db), recordsOf(two.db)]
    next.state.nodes.restart()
    const model = 'BackchannelAuthenticationRequest'
    await first.records.adapterFor(model).upsert('asked', code, 60)
    await first.records.adapterFor(model).consume('asked')
    await first.records.adapterFor('AccessToken').upsert('first token', code, 60)
    assert.equal((await next.records.adapterFor(model).find('asked'))?.consumed, undefined)
    const store = ({ records }: typeof first, id: string) =>
      Promise.all(
        ['AccessToken', 'RefreshToken'].map((kind) =>
          records.adapterFor(kind).upsert(id, code, 60),
        ),
      )
    const refused = { error: 'invalid_grant' }
    await assert.rejects(store(first, 'late'), refused)
    await next.records.adapterFor(model).consume('asked')
    await assert.rejects(store(first, 'later'), refused)
    await store(next, 'given')
    for (const kind of ['AccessToken', 'RefreshToken']) {
      const tokens = first.records.adapterFor(kind)
      for (const id of ['first token', 'late', 'later']) {
        assert.equal(await tokens.find(id), undefined, id)
      }
      assert.ok(await tokens.find('given'))
    }
    first.state.request = {}
    await first.records.adapterFor('AccessToken').upsert('of another request', code, 60)
    assert.ok(await first.records.adapterFor('AccessToken').find('of another request'))
  })

  test(`the end of a login removes all its records (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records, state } = recordsOf(db)
    const codes = records.adapterFor('AuthorizationCode')
    await codes.upsert('c1', code, 60)
    await codes.upsert('c2', code, 60)
    await codes.upsert('c3', { ...code, clientId: 'wiki' }, 60)
    await codes.upsert('c4', { ...code, sessionUid: 'ses_b' }, 60)
    await records.adapterFor('Grant').upsert('ses_a~g', { accountId: 'usr_1' }, 60)
    assert.deepEqual(state.signedIn.at(2), { sessionId: 'ses_a', userId: 'usr_1', appId: 'wiki' })
    assert.equal(state.signedIn.length, 4)
    await Promise.all([records.endLogins(['ses_a']), records.endLogins(['ses_a'])])
    const left = await db.selectFrom('oidc_records').select('login_session').execute()
    assert.deepEqual(new Set(left.map((row) => row.login_session)), new Set(['ses_b']))
    await records.endLogins([])
    assert.equal((await db.selectFrom('oidc_records').select('id').execute()).length, left.length)
  })

  test(`clients are apps and cannot be written (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clients = recordsOf(db).records.adapterFor('Client')
    assert.deepEqual(await clients.find('mail'), { client_id: 'mail' })
    assert.equal(await clients.find('wiki'), undefined)
    await assert.rejects(async () => clients.upsert('mail', {}, 60))
  })

  test(`a login that another process ended is found until its records are removed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { records } = recordsOf(db)
    const users = createUsers({ clock: systemClock, random: systemRandom })
    const { id: user_id } = await users.create(db, { username: 'erika', displayName: 'Erika' })
    const addSession = (id: string, ended_at: number | null) =>
      db
        .insertInto('sessions')
        .values({
          ...{
            id,
            token_hash: id,
            user_id,
            amr: '[]',
            acr: '',
            authenticated_at: 1,
            created_at: 1,
          },
          ...{ last_seen_at: 1, expires_at: 9, ended_at, end_reason: null, client_address: null },
          ...{ user_agent: null, put_off_at: null, put_off_rule: null },
        })
        .execute()
    await addSession('ses_a', null)
    await addSession('ses_b', 2)
    const codes = records.adapterFor('AuthorizationCode')
    for (const sessionUid of ['ses_a', 'ses_b', 'ses_gone']) {
      await codes.upsert(`of ${sessionUid}`, { ...code, sessionUid }, 60)
    }
    const found = await findEndedSessions(db, 5)
    assert.deepEqual(found.toSorted(), ['ses_b', 'ses_gone'])
    await records.endLogins(found)
    assert.deepEqual(await findEndedSessions(db, 5), [])
  })
})
