import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../../dev/test-support/scene.ts'
import { createApps } from '../../../identity/apps/apps.ts'
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { protocols } from '../index.ts'
import { createGrants } from './grants.ts'

const origin = 'https://wiki.example.org'
const facts = { groups: ['staff'], headers: ['Remote-User', 'erika'] }

async function setUp(db: Database) {
  const scene = createScene(db, createTestClock())
  const apps = createApps({ ...scene, protocols })
  const settings = { addresses: [origin] }
  await apps.create(db, { id: 'wiki', protocol: 'forward-auth', name: 'Wiki', settings })
  const userId = await scene.addUser()
  const { id } = await scene.signIn(userId)
  const entered: object[] = []
  const grants = createGrants({
    ...scene,
    limits: { idle: hours(2), absolute: hours(12) },
    noteEntry: async (_, participant) => void entered.push(participant),
  })
  const create = () =>
    grants.create({
      ...{ session: { id, userId }, appId: 'wiki', origin, browserHash: 'browser', facts },
      decidedAt: scene.clock.now(),
    })
  const enter = async () => (await grants.redeem(await create(), origin, 'browser'))?.token ?? ''
  const count = async () =>
    (await db.selectFrom('forward_auth_grants').selectAll().execute()).length
  return { ...scene, entered, apps, userId, id, grants, create, enter, count }
}

onEachEngine((engine) => {
  test(`A33: a code is redeemed once, in its browser, at its origin, within a minute (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { grants, create, clock } = await setUp(db)
    const code = await create()
    assert.equal(await grants.redeem(code, origin, 'another'), undefined)
    assert.equal(await grants.redeem(code, 'https://other.example.org', 'browser'), undefined)
    assert.equal(await grants.redeem(`${code}x`, origin, 'browser'), undefined)
    const redeemed = await Promise.all(
      Array.from({ length: 20 }, () => grants.redeem(code, origin, 'browser')),
    )
    assert.equal(redeemed.filter((one) => one !== undefined).length, 1)
    const late = await create()
    clock.pass(seconds(60))
    assert.equal(await grants.redeem(late, origin, 'browser'), undefined)
  })

  test(`a cookie identifies the session and the app, and neither the cookie nor the code is stored (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { grants, create, id, clock } = await setUp(db)
    const code = await create()
    const { token } = (await grants.redeem(code, origin, 'browser')) ?? {}
    const found = await grants.find(token ?? '')
    assert.deepEqual([found?.appId, found?.origin, found?.session.id], ['wiki', origin, id])
    assert.deepEqual([found?.facts, found?.decidedAt], [facts, clock.now()])
    for (const other of ['', code, `${token}x`]) assert.equal(await grants.find(other), undefined)
    const rows = JSON.stringify(await db.selectFrom('forward_auth_grants').selectAll().execute())
    assert.ok(!rows.includes(code) && !rows.includes(`${token}`))
  })

  test(`a grant is invalid if its session has ended or expired, or its user is disabled (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { grants, enter, sessions, users, userId, id, clock } = await setUp(db)
    const token = await enter()
    await users.disable(db, userId)
    assert.equal(await grants.find(token), undefined)
    await users.enable(db, userId)
    assert.ok(await grants.find(token))
    clock.pass(hours(2))
    assert.equal(await grants.find(token), undefined)
    clock.pass(-hours(2))
    await sessions.end(db, id, 'logout')
    assert.equal(await grants.find(token), undefined)
  })

  test(`an older decision does not replace a newer one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { grants, enter, clock } = await setUp(db)
    const token = await enter()
    const grant = await grants.find(token)
    assert.ok(grant)
    const now = clock.now()
    const left = { ...facts, groups: [] }
    await grants.renew(grant, { facts: left, decidedAt: now + 1 })
    await grants.renew(grant, { facts, decidedAt: now })
    const found = await grants.find(token)
    assert.deepEqual([found?.facts, found?.decidedAt], [left, now + 1])
  })

  test(`the removal of an app and the end of a session delete their grants (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { grants, apps, enter, count, id } = await setUp(db)
    await enter()
    await grants.forgetSessions([])
    assert.equal(await count(), 1)
    await grants.forgetSessions([id])
    assert.equal(await count(), 0)
    await enter()
    await apps.remove(db, 'wiki')
    assert.equal(await count(), 0)
  })

  test(`unused codes are removed after a minute, and grants after the longest time of a session (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { grants, create, enter, count, clock } = await setUp(db)
    await create()
    await enter()
    clock.pass(minutes(1))
    assert.equal(await grants.purge(), 1)
    clock.pass(hours(12))
    assert.equal(await grants.purge(), 1)
    assert.equal(await count(), 0)
  })

  test(`each entry is recorded for its session and writes an audit event (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { create, listAudit, entered, userId, id } = await setUp(db)
    await create()
    assert.deepEqual(entered, [
      { sessionId: id, userId, appId: 'wiki', protocol: 'forward-auth', data: {} },
    ])
    assert.deepEqual(await listAudit('forward_auth_signed_in'), [
      { userId, sessionId: id, appId: 'wiki' },
    ])
  })
})
