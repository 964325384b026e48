/** Phones that were registered and not verified: lost replies, and users who come back later. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  type PushScene,
  signApproval,
  signDenial,
  signRegistration,
  signWrongNumber,
} from '../../../dev/test-support/push-scene.ts'
import { createWalk, listChoices, listNotices } from '../../../dev/test-support/push-walk.ts'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import type { JourneyData } from '../../engine/data.ts'
import { besideEntry } from '../enrolled.ts'
import { deviceEntry, getsAppEntry, registrationEntry } from './data.ts'
import { removeAllUnverified } from './remove-unverified.ts'

const ok = { type: 'ok' }

async function findCode(scene: PushScene, walk: ReturnType<typeof createWalk>) {
  const id = registrationEntry.read(walk.data)
  const code = await scene.registrations.find(scene.db, `${id}`)
  if (code === undefined) throw new Error('no code')
  return code
}

/** A user whose phone has answered a code, and whose browser is on the page of the test. */
async function beginEnrolment(scene: PushScene, phone = createPhone()) {
  const userId = await scene.addUser()
  const register = createWalk(scene, scene.register, userId)
  await register.visit()
  const code = await findCode(scene, register)
  assert.deepEqual(await scene.requests.register(signRegistration(code, phone)), ok)
  await register.visit()
  const test = createWalk(scene, scene.test, userId, register.data)
  await test.visit()
  return { userId, phone, code, test }
}

async function beginNextLogin(scene: PushScene, userId: Id<'user'>) {
  const walk = createWalk(scene, scene.register, userId)
  return { walk, page: await walk.visit() }
}

/** After each of them the phone may be another person's. */
const refusals = [
  ['a wrong number', signWrongNumber],
  ['a denial', signDenial],
] as const

const countPhones = async (db: Database) =>
  (await db.selectFrom('push_devices').select('id').execute()).length

onEachEngine((engine) => {
  test(`verifying a phone removes only the other unverified phones of the same user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const [erika, max] = [await scene.addUser(), await scene.addUser('max')]
    const add = async (userId: Id<'user'>, pending = false) =>
      (await scene.addDevice(userId, { pending })).id
    await add(erika, true)
    const staying = [await add(erika), await add(erika, true), await add(max, true)]
    await transact(db, (tx) => removeAllUnverified(scene, tx, erika, staying[1]))
    const rows = await db.selectFrom('push_devices').select('id').execute()
    assert.deepEqual(rows.map(({ id }) => id).sort(), staying.sort())
  })

  test(`the same phone that scans again with a new mechanism id is not a second phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { phone, code, test } = await beginEnrolment(scene)
    const again = { ...phone, mechanismUid: systemRandom.uuid() }
    assert.deepEqual(await scene.requests.register(signRegistration(code, again)), ok)
    assert.deepEqual(await scene.requests.register(signRegistration(code, again)), ok)
    assert.equal(await countPhones(db), 1)
    assert.equal(scene.noticed.length, 0)
    assert.deepEqual(await scene.listAudit('push_second_phone_refused'), [])
    assert.equal((await scene.listAudit('push_device_registered_again')).length, 1)

    // The first message went to an entry that the phone does not have, so the page sends another one by itself.
    assert.equal((await test.status())[0], true)
    await test.visit()
    assert.equal(scene.sent.length, 2)
    const device = await scene.devices.findByMechanism(db, again.mechanismUid)
    assert.ok(device)
    await scene.requests.authenticate(signApproval(await test.challenge(), device))
    const done = await test.visit()
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
  })

  test(`A48: a phone that scans one QR code many times does not fill the log and is not a second phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { phone, code } = await beginEnrolment(scene)
    const scan = () =>
      scene.requests.register(
        signRegistration(code, { ...phone, mechanismUid: systemRandom.uuid() }),
      )
    const replies = await Promise.all(Array.from({ length: 60 }, scan))
    assert.ok(replies.every(({ type }) => type === 'ok'))
    const timesOf = async () =>
      (await scene.listAudit('push_device_registered_again')).map(({ times }) => times)
    assert.deepEqual(await timesOf(), [1])
    await scene.requests.flush(db, { all: true })
    assert.deepEqual(await timesOf(), [1, 59])
    assert.deepEqual(await scene.listAudit('push_second_phone_refused'), [])
  })

  test(`A6: another phone is refused even after the first one scanned twice, and a verified phone is never replaced (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { phone, code, userId } = await beginEnrolment(scene)
    const again = { ...phone, mechanismUid: systemRandom.uuid() }
    await scene.requests.register(signRegistration(code, again))
    const thief = await scene.requests.register(signRegistration(code, createPhone()))
    assert.equal(thief.type === 'refused' && thief.reason, 'second_phone')
    const device = await scene.devices.findByMechanism(db, again.mechanismUid)
    assert.equal(await scene.devices.activate(db, `${device?.id}`), true)
    const later = { ...phone, mechanismUid: systemRandom.uuid() }
    const reply = await scene.requests.register(signRegistration(code, later))
    assert.equal(reply.type, 'refused')
    const [active] = await scene.devices.listActive(db, userId)
    assert.equal(active?.mechanismUid, again.mechanismUid)
  })

  test(`A3: 20 simultaneous scans by the same phone on two nodes store only one phone (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = createPushScene(one.db)
    const other = createPushScene(two.db, scene.clock)
    const code = await scene.openCode(await scene.addUser())
    const phone = createPhone()
    const replies = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const body = signRegistration(code, { ...phone, mechanismUid: systemRandom.uuid() })
        return (await (n % 2 === 0 ? scene : other).requests.register(body)).type
      }),
    )
    assert.deepEqual(new Set(replies), new Set(['ok']))
    assert.equal(await countPhones(one.db), 1)
    assert.equal(scene.noticed.length + other.noticed.length, 0)
  })

  test(`the next login can continue with an unverified phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, phone } = await beginEnrolment(scene)
    scene.clock.time += hours(3)
    await scene.stores.pending.purge(db)
    const { walk, page } = await beginNextLogin(scene, userId)
    assert.deepEqual(listChoices(page), ['resume', 'renew', 'not_mine', 'back'])
    const on = await walk.visit('resume')
    assert.equal(on.type === 'done' && on.outcome, 'registered')
    const test = createWalk(scene, scene.test, userId, walk.data)
    await test.visit()
    const device = await scene.devices.findByMechanism(db, phone.mechanismUid)
    assert.ok(device)
    await scene.requests.authenticate(signApproval(await test.challenge(), device))
    const done = await test.visit()
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    assert.equal((await scene.devices.listActive(db, userId)).length, 1)
  })

  test(`of two journeys that resume one phone the later one ends, even if its test was approved too (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, phone, test } = await beginEnrolment(scene)
    const device = await scene.devices.findByMechanism(db, phone.mechanismUid)
    assert.ok(device)
    const approve = async (one: typeof test) => {
      // As on the account pages, where a phone is added beside others.
      one.data = { ...one.data, ...besideEntry.write(true) } as JourneyData
      await scene.requests.authenticate(signApproval(await one.challenge(), device))
    }
    await approve(test)
    const { walk } = await beginNextLogin(scene, userId)
    await walk.visit('resume')
    const later = createWalk(scene, scene.test, userId, walk.data)
    await later.visit()
    await approve(later)
    const first = await test.visit()
    assert.deepEqual([first.type === 'done' && first.outcome, first.written], ['confirmed', true])
    const second = await later.visit()
    assert.deepEqual(
      [second.type === 'done' && second.outcome, second.written],
      ['overtaken', true],
    )
    assert.equal((await scene.devices.listActive(db, userId)).length, 1)
  })

  test(`the button "not mine" removes the phone, and the page shows a new QR code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId } = await beginEnrolment(scene)
    const { walk } = await beginNextLogin(scene, userId)
    await walk.visit('not_mine')
    assert.equal(await countPhones(db), 0)
    assert.equal((await scene.listAudit('push_device_rejected')).length, 1)
    await walk.visit()
    assert.equal((await findCode(scene, walk)).status, 'open')
    assert.deepEqual(listNotices(await walk.visit()), ['push.enrol.old_entry.text'])
  })

  test(`a user can ask for a new QR code, and reloading the page does not change it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId } = await beginEnrolment(scene)
    const { walk } = await beginNextLogin(scene, userId)
    await walk.visit('renew')
    const code = await findCode(scene, walk)
    assert.equal(listChoices(await walk.visit()).includes('not_mine'), false)
    assert.equal((await findCode(scene, walk)).messageId, code.messageId)
  })

  for (const [what, sign] of refusals) {
    test(`A6: ${what} ends a phone of an earlier login, and the phone is no longer offered (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createPushScene(db)
      const { userId, phone } = await beginEnrolment(scene)
      scene.clock.time += minutes(20)
      const { walk } = await beginNextLogin(scene, userId)
      await walk.visit('resume')
      const test = createWalk(scene, scene.test, userId, walk.data)
      await test.visit()
      const device = await scene.devices.findByMechanism(db, phone.mechanismUid)
      assert.ok(device)
      await scene.requests.authenticate(sign(await test.challenge(), device))
      assert.deepEqual(listChoices(await test.visit()), ['back'])
      const sent = scene.sent.length
      assert.deepEqual(listChoices(await test.visit('resend')), ['back'])
      assert.equal(scene.sent.length, sent)
      // Not even when its page is left open.
      const again = await beginNextLogin(scene, userId)
      assert.equal(listChoices(again.page).includes('resume'), false)
      const left = await test.visit('back')
      assert.equal(left.type === 'done' && left.outcome, 'back')
      assert.equal(await countPhones(db), 0)
    })
  }

  test(`A6: verifying the first phone removes an unverified phone that a password thief left (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, phone } = await beginEnrolment(scene)
    const { walk } = await beginNextLogin(scene, userId)
    await walk.visit('renew')
    const own = createPhone()
    await scene.requests.register(signRegistration(await findCode(scene, walk), own))
    await walk.visit()
    const test = createWalk(scene, scene.test, userId, walk.data)
    await test.visit()
    const device = await scene.devices.findByMechanism(db, own.mechanismUid)
    assert.ok(device)
    await scene.requests.authenticate(signApproval(await test.challenge(), device))
    const done = await test.visit()
    assert.deepEqual([done.type === 'done' && done.outcome, done.written], ['confirmed', true])
    assert.equal(await scene.devices.findByMechanism(db, phone.mechanismUid), undefined)
    assert.equal(await countPhones(db), 1)
  })

  test(`A6: an enrolment whose QR code a second phone has used cannot be resumed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, code } = await beginEnrolment(scene)
    await scene.requests.register(signRegistration(code, createPhone()))
    const { page } = await beginNextLogin(scene, userId)
    assert.equal(listChoices(page).includes('resume'), false)
  })

  test(`an unverified phone cannot be used by another user, and is deleted after a day (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, test } = await beginEnrolment(scene)
    const max = await scene.addUser('max')
    const strange = await beginNextLogin(scene, max)
    assert.equal(listChoices(strange.page).includes('resume'), false)
    const foreign = deviceEntry.read(test.data)
    assert.equal(await scene.stores.pending.remove(db, max, `${foreign}`), false)
    scene.clock.time += hours(24)
    assert.equal(listChoices((await beginNextLogin(scene, userId)).page).includes('resume'), false)
    scene.clock.time += 1
    await scene.stores.pending.purge(db)
    assert.equal(await countPhones(db), 0)
  })

  test(`a phone that scans a later QR code replaces its own unverified entry (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, phone } = await beginEnrolment(scene)
    const code = await scene.openCode(userId, 'another journey')
    const again = { ...phone, mechanismUid: systemRandom.uuid() }
    assert.deepEqual(await scene.requests.register(signRegistration(code, again)), ok)
    assert.equal(await countPhones(db), 1)
  })

  test(`the page with the QR code explains how to delete an old entry to users who may have one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const first = createWalk(scene, scene.register, userId)
    await first.visit()
    assert.deepEqual(listNotices(await first.visit()), [])
    await first.visit('renew')
    assert.deepEqual(listNotices(await first.visit()), ['push.enrol.old_entry.text'])
    const max = await scene.addUser('max')
    const old = await scene.addDevice(max)
    await scene.devices.remove(db, max, old.id)
    const walk = createWalk(scene, scene.register, max)
    await walk.visit()
    assert.deepEqual(listNotices(await walk.visit()), ['push.enrol.old_entry.text'])
    walk.data = {
      ...walk.data,
      ...besideEntry.write(true),
      ...getsAppEntry.write(true),
    } as JourneyData
    assert.deepEqual(listNotices(await walk.visit()), ['push.enrol.old_entry.text'], 'it is gone')
    await scene.addDevice(max)
    assert.deepEqual(listNotices(await walk.visit()), ['push.enrol.old_entry.text.new'])
  })

  test(`the page with the QR code mentions no old entry to a user who gets the app and had no phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const walk = createWalk(scene, scene.register, await scene.addUser())
    walk.data = { ...walk.data, ...getsAppEntry.write(true) } as JourneyData
    await walk.visit()
    await walk.visit('renew')
    assert.deepEqual(listNotices(await walk.visit()), [])
  })
})
