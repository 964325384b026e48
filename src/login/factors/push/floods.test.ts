/** Actions that anybody with a password, a QR code or a phone can repeat without end: messages, mails, rows and audit events. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  type PushScene,
  signRefresh,
  signRegistration,
} from '../../../dev/test-support/push-scene.ts'
import {
  beginTest,
  createWalk,
  listChoices,
  listNotices,
} from '../../../dev/test-support/push-walk.ts'
import { createTestClock } from '../../../dev/test-support/scene.ts'
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { deviceEntry, registrationEntry } from './data.ts'
import type { PhoneReply } from './phone-requests.ts'

const ok = { type: 'ok' }
const reasonOf = (reply: PhoneReply) => (reply.type === 'refused' ? reply.reason : 'accepted')
const mailsOf = (scene: PushScene) => scene.noticed.map(({ kind }) => kind)

/** Another address each time, of an Android phone and an iPhone in turn. */
const moveOf = (device: Parameters<typeof signRefresh>[0], n: number) =>
  signRefresh(device, `http://phone.test/${n}`, { deviceType: n % 2 === 0 ? 'ios' : 'android' })

async function codesOf(scene: PushScene, userId: Id<'user'>): Promise<number> {
  const rows = await scene.db
    .selectFrom('push_registrations')
    .select('message_id')
    .where('user_id', '=', userId)
    .execute()
  return rows.length
}

onEachEngine((engine) => {
  test(`A6: an unverified phone cannot change its address (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const pending = await scene.addDevice(await scene.addUser(), { pending: true })
    for (const n of [1, 2]) {
      assert.equal(reasonOf(await scene.requests.refresh(moveOf(pending, n))), 'unknown_mechanism')
    }
    assert.equal((await scene.devices.find(db, pending.id))?.token, pending.token)
    assert.deepEqual(await scene.listAudit('push_token_refreshed'), [])
    assert.deepEqual(mailsOf(scene), [])
  })

  test(`A6: the phone of a disabled user cannot change its address (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    await scene.users.disable(db, device.userId)
    assert.equal(reasonOf(await scene.requests.refresh(moveOf(device, 1))), 'unknown_mechanism')
    await scene.users.enable(db, device.userId)
    assert.deepEqual(await scene.requests.refresh(moveOf(device, 1)), ok)
    assert.equal((await scene.listAudit('push_token_refreshed')).length, 1)
  })

  test(`A6: an unverified phone is deleted when no login can verify it any more (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const active = await scene.addDevice(userId)
    await scene.requests.register(signRegistration(await scene.openCode(userId), createPhone()))
    const idsAfter = async (ms: number) => {
      scene.clock.time += ms
      await scene.stores.pending.purge(db)
      return await db.selectFrom('push_devices').select('id').execute()
    }
    assert.equal((await idsAfter(hours(24))).length, 2)
    assert.deepEqual(await idsAfter(1), [{ id: active.id }])
  })

  test(`A6: a phone that changes its address often has the last one, few events and one mail an hour (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId)
    const moved = async (count: number) => {
      const replies = []
      for (let n = 0; n < count; n += 1) {
        replies.push(reasonOf(await scene.requests.refresh(moveOf(device, n))))
      }
      return replies.filter((reason) => reason === 'accepted').length
    }
    assert.equal(await moved(50), 50)
    assert.equal((await scene.devices.find(db, device.id))?.token, 'http://phone.test/49')
    const events = await scene.listAudit('push_token_refreshed')
    assert.deepEqual(
      events.map((event) => 'times' in event),
      [false, false, false, false, false, true],
    )
    await scene.requests.flush(db, { all: true })
    const own = { userId, deviceId: device.id }
    assert.deepEqual((await scene.listAudit('push_token_refreshed')).at(-1), { ...own, times: 44 })
    assert.deepEqual(mailsOf(scene), ['device_token_moved'])
    const other = await scene.addDevice(userId)
    assert.deepEqual(await scene.requests.refresh(moveOf(other, 0)), ok)
    assert.deepEqual(mailsOf(scene), ['device_token_moved', 'device_token_moved'])

    scene.clock.time += hours(1)
    assert.deepEqual(await scene.requests.refresh(moveOf(device, 98)), ok)
    assert.deepEqual(await scene.requests.refresh(moveOf(device, 99)), ok)
    assert.equal(mailsOf(scene).length, 3)
  })

  test(`A6: after ten QR codes in ten minutes the page says how long to wait (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const walk = createWalk(scene, scene.register, userId)
    for (let n = 0; n < 10; n += 1) {
      await walk.visit()
      await walk.visit('back')
      scene.clock.time += seconds(6)
    }
    assert.equal(await codesOf(scene, userId), 10)
    const page = await walk.visit()
    assert.deepEqual(listNotices(page), ['enrol.phone.limit.text'])
    assert.deepEqual(listChoices(page), ['renew', 'back'])
    const shown = page.type === 'ask' && page.form.prompts[0]
    assert.deepEqual(shown && shown.type === 'notice' && shown.text.values, { wait: 540 })
    await walk.visit('renew')
    assert.equal(await codesOf(scene, userId), 10)

    const other = createWalk(scene, scene.register, await scene.addUser('max'))
    assert.equal(
      registrationEntry.read((await other.visit()).change?.data ?? {}) === undefined,
      false,
    )
    scene.clock.time += minutes(9)
    await walk.visit()
    assert.equal(await codesOf(scene, userId), 11)
  })

  test(`A47: QR codes and tests of a thief do not use up the budget of the owner (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device: own } = await beginTest(scene)
    const { userId } = own
    scene.rules.budgetKey = 'network:thief'
    const thief = createWalk(scene, scene.register, userId)
    for (let n = 0; n < 12; n += 1) await thief.visit('renew')
    assert.equal(await codesOf(scene, userId), 10)
    const stolen = await scene.addDevice(userId, { pending: true })
    for (let n = 0; n < 10; n += 1) {
      await scene.challenge(stolen, { purpose: 'test' })
      scene.clock.time += seconds(1)
    }
    const tests = createWalk(scene, scene.test, userId, deviceEntry.write(stolen.id))
    assert.deepEqual(listNotices(await tests.visit()), ['test.limit.day'])

    scene.rules.budgetKey = 'browser:owner'
    await createWalk(scene, scene.register, userId).visit('renew')
    assert.equal(await codesOf(scene, userId), 11)
    await createWalk(scene, scene.test, userId, deviceEntry.write(own.id)).visit()
    assert.equal(scene.sent.at(-1)?.token, own.token)
  })

  test(`A47: an unverified phone gets five tests in ten minutes from all browsers together (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device } = await beginTest(scene)
    for (const budgetKey of ['network:a', 'network:b', 'network:c']) {
      scene.rules.budgetKey = budgetKey
      const data = deviceEntry.write(device.id)
      const walk = createWalk(scene, scene.test, device.userId, data)
      await walk.visit()
      await walk.visit('resend')
    }
    assert.equal(scene.sent.length, 5)
  })

  test(`A47: the test of a thief's phone and requests to the owner's phones do not supersede each other (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const enrolled = await scene.addDevice(await scene.addUser())
    const { userId } = enrolled
    const [own, stolen] = [
      await scene.addDevice(userId, { pending: true }),
      await scene.addDevice(userId, { pending: true }),
    ]
    const login = await scene.challenge(enrolled)
    const test = await scene.challenge(own, { purpose: 'test' })
    const thief = await scene.challenge(stolen, { purpose: 'test' })
    const stateOf = async ({ messageId }: typeof test) =>
      (await scene.challengeNow(messageId)).status
    assert.deepEqual([await stateOf(login), await stateOf(test)], ['waiting', 'waiting'])
    const next = await scene.challenge(enrolled)
    assert.deepEqual([await stateOf(login), await stateOf(test)], ['superseded', 'waiting'])
    await scene.challenge(own, { purpose: 'test' })
    assert.deepEqual([await stateOf(next), await stateOf(test)], ['waiting', 'superseded'])
    assert.equal(await stateOf(thief), 'waiting')
  })

  test(`A6: a valid QR code stays on the page when no new one may be opened (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const walk = createWalk(scene, scene.register, userId)
    for (let n = 0; n < 10; n += 1) await walk.visit('renew')
    const page = await walk.visit('renew')
    assert.equal(page.type === 'ask' && page.formError?.status, 429)
    assert.equal(page.type === 'ask' && page.formError?.retryAfter, 600)
    assert.deepEqual(listChoices(page), ['renew', 'get_app', 'back'])
    assert.ok(page.type === 'ask' && page.form.prompts.some(({ type }) => type === 'qr'))
  })

  test(`A6: of many simultaneous QR codes on two nodes only ten are opened (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const clock = createTestClock()
    const scenes = [createPushScene(one.db, clock), createPushScene(two.db, clock)] as const
    const userId = await scenes[0].addUser()
    const opened = await Promise.all(
      Array.from({ length: 16 }, async (_, n) => {
        const scene = scenes[n % 2 === 0 ? 0 : 1]
        return (await createWalk(scene, scene.register, userId).visit()).written
      }),
    )
    assert.ok(opened.includes(true))
    assert.equal(await codesOf(scenes[0], userId), 10)
  })

  test(`A6: second phones cause one mail an hour, and one audit event for each QR code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const twoPhones = async (who: Id<'user'>) => {
      const code = await scene.openCode(who)
      const reasons = []
      for (let n = 0; n < 4; n += 1) {
        reasons.push(reasonOf(await scene.requests.register(signRegistration(code, createPhone()))))
      }
      assert.deepEqual(reasons, ['accepted', 'second_phone', 'second_phone', 'second_phone'])
    }
    await twoPhones(userId)
    scene.clock.time += minutes(40)
    await twoPhones(userId)
    assert.deepEqual(mailsOf(scene), ['second_phone_refused'])
    assert.equal((await scene.listAudit('push_second_phone_refused')).length, 2)
    await twoPhones(await scene.addUser('max'))
    assert.equal(mailsOf(scene).length, 2)
    scene.clock.time += minutes(20)
    await twoPhones(userId)
    assert.equal(mailsOf(scene).length, 3)
    assert.equal((await scene.listAudit('push_second_phone_refused')).length, 4)
  })

  test(`A1: the limit of tests applies to all unverified phones of a user together (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginTest(scene)
    const { userId } = device
    await walk.visit()
    for (let n = 0; n < 2; n += 1) await walk.visit('resend')
    await walk.visit('back')
    const again = await scene.addDevice(userId, { pending: true })
    const second = createWalk(scene, scene.test, userId, deviceEntry.write(again.id))
    await second.visit()
    await second.visit('resend')
    assert.equal(scene.sent.length, 5)
    const waiting = await second.visit('resend')
    assert.equal(waiting.type === 'ask' && waiting.formError?.status, 429)
    assert.ok(listChoices(waiting).includes('back'))
    await second.visit('back')

    const third = await scene.addDevice(userId, { pending: true })
    const next = createWalk(scene, scene.test, userId, deviceEntry.write(third.id))
    const page = await next.visit()
    assert.deepEqual(listNotices(page), ['trial.limit.tests'])
    assert.deepEqual(listChoices(page), ['resend', 'back'])
    assert.equal(scene.sent.length, 5)
    const left = await next.visit('back')
    assert.equal(left.type === 'done' && left.outcome, 'back')
    const last = await scene.addDevice(userId, { pending: true })
    const patient = createWalk(scene, scene.test, userId, deviceEntry.write(last.id))
    await patient.visit()
    scene.clock.time += minutes(10)
    await patient.visit('resend')
    assert.equal(scene.sent.length, 6)
  })

  test(`A1: a user gets ten tests of unverified phones in a day, and logins do not use them up (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginTest(scene)
    for (let n = 0; n < 10; n += 1) {
      await scene.challenge(device, { purpose: 'test' })
      scene.clock.time += minutes(11)
    }
    assert.deepEqual(listNotices(await walk.visit()), ['test.limit.day'])
    scene.clock.time += hours(24) - minutes(110)
    await walk.visit()
    assert.equal(scene.sent.length, 1)

    const max = await scene.addDevice(await scene.addUser('max'), { pending: true })
    for (let n = 0; n < 10; n += 1) await scene.challenge(max)
    const other = createWalk(scene, scene.test, max.userId, deviceEntry.write(max.id))
    await other.visit()
    assert.equal(scene.sent.length, 2)
  })

  test(`A1: simultaneous tests on two nodes send no more messages than allowed (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const clock = createTestClock()
    const scenes = [createPushScene(one.db, clock), createPushScene(two.db, clock)] as const
    const device = await scenes[0].addDevice(await scenes[0].addUser(), { pending: true })
    await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const scene = scenes[n % 2 === 0 ? 0 : 1]
        const data = deviceEntry.write(device.id)
        await createWalk(scene, scene.test, device.userId, data).visit()
      }),
    )
    const sent = scenes[0].sent.length + scenes[1].sent.length
    assert.equal(sent, 5)
  })
})
