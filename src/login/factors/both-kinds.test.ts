// A user with phones of both kinds: one that shows numbers, and one with the Einlass authenticator.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type AuthenticatorScene,
  createAuthenticatorScene,
  enrolPhone,
  type TestBrowser,
} from '../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createPhone } from '../../dev/test-support/push-scene.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { clearRequestsOf } from './approval/clear.ts'

const policy: Policy = { secondFactor: 'required', level: 'possession', skips: 0, decline: false }
const address = 'http://phones.example/second'

/** A person with one phone of each kind. */
async function openScene(db: Database) {
  const scene = createAuthenticatorScene(db, { policy })
  const { user, phone, id } = await enrolPhone(scene)
  const { devices, challenges } = scene.factors.push
  scene.openBox(address)
  const secret = new Uint8Array(32)
  const second = createPhone({ deviceId: address, deviceName: 'Pixel 9' })
  const secondId = await devices.add(db, user.id, second, secret)
  await devices.activate(db, secondId)
  scene.pass(minutes(1))
  return { scene, user, phone, id, secondId, devices, challenges }
}

const asker = { budgetKey: 'network:test' }

type BothKinds = Awaited<ReturnType<typeof openScene>>

/** Writes a request without a page. */
async function ask(
  { scene, user, id, secondId, challenges }: BothKinds,
  to: 'first' | 'second',
  journeyHash = 'another',
  purpose: 'login' | 'caller' | 'move' = 'login',
) {
  const bound = { journeyHash, userId: user.id, ...asker } as const
  return await scene.db.transaction().execute(async (tx) => {
    if (to === 'second') {
      const asked = purpose === 'move' ? 'login' : purpose
      const drawn = challenges.draw({
        ...bound,
        purpose: asked,
        deviceId: secondId,
        type: 'challenge',
      })
      return { id: drawn.messageId, superseded: await challenges.add(tx, drawn) }
    }
    const deviceId = id as Id<'authenticator'>
    const more = { deviceId, language: 'de', delivery: 'none', verification: 'none' } as const
    const drawn = scene.stores.challenges.draw({ ...bound, ...more, purpose })
    return { id: drawn.id, superseded: await scene.stores.challenges.add(tx, drawn) }
  })
}

const findWaits = async ({ scene, user, challenges }: BothKinds) => [
  await challenges.findSendWait(scene.db, user.id, asker),
  await scene.stores.challenges.findSendWait(scene.db, user.id, asker),
]

const countOpen = async ({ db }: Pick<AuthenticatorScene, 'db'>) => {
  const rows = await Promise.all(
    (['push_challenges', 'authenticator_challenges'] as const).map((table) =>
      db.selectFrom(table).select('status').where('status', '=', 'waiting').execute(),
    ),
  )
  return rows.flat().length
}

onEachEngine((engine) => {
  test(`A1: an attacker who knows the password gets three requests in ten minutes for both kinds of phones together (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const both = await openScene(db)
    await ask(both, 'first')
    both.scene.pass(seconds(30))
    await ask(both, 'second')
    both.scene.pass(seconds(30))
    assert.deepEqual(await findWaits(both), [undefined, undefined])
    await ask(both, 'first')
    both.scene.pass(seconds(30))
    const [one, other] = await findWaits(both)
    assert.equal(one?.reason, 'limit')
    assert.deepEqual(one, other)
  })

  test(`A1: a login on either kind of phone waits for an open request of a move or of the service desk (${engine.name})`, async (t) => {
    for (const [to, purpose] of [
      ['first', 'move'],
      ['first', 'caller'],
      ['second', 'caller'],
    ] as const) {
      const both = await openScene((await engine.open(t)).db)
      await ask(both, to, purpose, purpose)
      const until = both.scene.clock.now() + minutes(2)
      const wait = { reason: 'busy', until }
      assert.deepEqual(await findWaits(both), [wait, wait])
      both.scene.pass(minutes(2))
      assert.deepEqual(await findWaits(both), [undefined, undefined])
    }
  })

  test(`only one phone is asked at a time, of either kind (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const both = await openScene(db)
    assert.deepEqual((await ask(both, 'first', 'one')).superseded, [])
    both.scene.pass(seconds(30))
    assert.deepEqual((await ask(both, 'second', 'two')).superseded, ['one'])
    both.scene.pass(seconds(30))
    assert.deepEqual((await ask(both, 'first', 'three')).superseded, ['two'])
    assert.equal(await countOpen(both.scene), 1)
  })

  test(`an approved login clears the budget of unanswered requests to phones of the other kind (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const both = await openScene(db)
    const { scene } = both
    for (const to of ['second', 'second', 'second'] as const) {
      await ask(both, to)
      scene.pass(seconds(30))
    }
    assert.equal((await findWaits(both))[0]?.reason, 'limit')
    const { id } = await ask(both, 'first')
    await scene.stores.challenges.answer(db, { id, purpose: 'login' }, 'approved')
    scene.pass(seconds(1))
    assert.equal((await findWaits(both))[1]?.reason, 'limit')
    await clearRequestsOf(db, { userId: both.user.id, journeyHash: 'another', now: 1 })
    assert.deepEqual(await findWaits(both), [undefined, undefined])
  })

  test(`a new phone of one kind neither supersedes a login on the other kind nor is superseded by it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const both = await openScene(db)
    const { devices, challenges, scene, user } = both
    const secret = new Uint8Array(32)
    const phone = createPhone({ deviceId: `${address}/new` })
    const deviceId = await devices.add(db, user.id, phone, secret)
    await ask(both, 'first', 'login')
    const bound = { journeyHash: 'enrolment', userId: user.id, deviceId } as const
    const drawn = challenges.draw({ ...bound, purpose: 'test', type: 'challenge' })
    const superseded = await db.transaction().execute((tx) => challenges.add(tx, drawn))
    assert.deepEqual(superseded, [])
    scene.pass(seconds(30))
    assert.deepEqual((await ask(both, 'second')).superseded, ['login'])
    assert.equal(await countOpen(scene), 2)
  })

  test(`a user can send the login to a phone of the other kind, and the earlier request ends (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const both = await openScene(db)
    const { scene, id, secondId } = both
    const browser = await scene.openBrowser('erika', 'another')
    assert.equal(browser.step(), 'authenticator/confirm')
    assert.deepEqual(listValues(browser), ['resend', `push:${secondId}`, 'trouble', 'cancel'])
    scene.pass(seconds(5))
    await browser.submit(`push:${secondId}`)
    assert.equal(browser.step(), 'push/confirm')
    assert.deepEqual(await scene.stores.challenges.listWaiting(db, id), [])
    assert.deepEqual(listValues(browser), ['resend', `authenticator:${id}`, 'trouble', 'cancel'])
    assert.equal(await countOpen(scene), 1)
    scene.pass(seconds(25))
    await browser.submit(`authenticator:${id}`)
    assert.equal(browser.step(), 'authenticator/confirm')
    assert.equal(await countOpen(scene), 1)
    assert.equal(await both.phone.approve(browser.code()), 'approved')
    assert.equal((await browser.look()).type, 'finished')
  })

  test(`when the limit is reached, the page offers no phone of either kind (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const both = await openScene(db)
    const { scene, user } = both
    for (let n = 0; n < 3; n += 1) {
      await ask(both, 'second')
      scene.pass(seconds(30))
    }
    const browser = await scene.openBrowser('erika', 'another')
    assert.equal(browser.title(), 'approval.limit.title')
    assert.deepEqual(listValues(browser), ['retry', 'trouble'])
    const [event] = await scene.listAudit('authenticator_held_back')
    assert.equal(event?.userId, user.id)
    assert.equal(event?.reason, 'limit')
  })
})

/** What the buttons of the page send. */
const listValues = (browser: TestBrowser) =>
  browser.find('choice').options.map(({ value }) => value)
