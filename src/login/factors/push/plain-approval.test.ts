/** Apps of the 2.x generation, which show no numbers: refused by default, a tap where the policy allows it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseNotification } from '#forgerock-push'
import { createLostPhoneScene, required } from '../../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  type PushScene,
  signAnswer,
  signRefresh,
} from '../../../dev/test-support/push-scene.ts'
import {
  beginLogin,
  beginTest,
  createWalk,
  listChoices,
  listNotices,
  listPrompts,
} from '../../../dev/test-support/push-walk.ts'
import { acrNumber, acrPossession } from '../../../identity/policy/assurance.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { provenEntry } from '../enrolled.ts'
import { createFindEnrolled } from './authenticators.ts'
import { description } from './describe.ts'
import type { PushDevice } from './devices.ts'

/** Apps of that generation send no device name. */
function createOldPhone() {
  const { deviceName: _, ...phone } = createPhone()
  return phone
}

function kindOf(scene: PushScene, device: PushDevice) {
  const message = scene.sent.at(-1)?.message
  const reading = parseNotification(message?.message ?? '', device.secret())
  if (reading.type === 'refused') throw new Error(reading.reason)
  return [reading.notification.kind.type, message?.kind]
}

onEachEngine((engine) => {
  test(`an app that shows numbers must send the number, even if the policy allows a plain approval (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    scene.rules.allowsPlain = true
    await walk.visit()
    assert.equal((await walk.challenge()).type, 'challenge')
    assert.deepEqual(kindOf(scene, device), ['challenge', 'challenge'])
    const tap = signAnswer(await walk.challenge(), device, { type: 'approve' })
    await scene.requests.authenticate(tap)
    assert.equal((await walk.challenge()).status, 'wrong_number')
  })

  test(`an app that shows no numbers gets no message where a number is required (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { walk } = await beginLogin(scene, 'erika', createOldPhone())
    assert.deepEqual(listNotices(await walk.visit()), ['push.old_app.text'])
    assert.deepEqual(scene.sent, [])
  })

  test(`the test of an app that shows no numbers sends nothing, explains why and leads back (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { walk } = await beginTest(scene, createOldPhone())
    const page = await walk.visit()
    assert.deepEqual([listNotices(page), listChoices(page)], [['push.old_app.text'], ['back']])
    const back = await walk.visit('back')
    assert.equal(back.type === 'done' && back.outcome, 'back')
    assert.deepEqual(scene.sent, [])
  })

  test(`where the policy allows a plain approval, a tap confirms without a number, at a lower level (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    scene.rules.allowsPlain = true
    const { device, walk } = await beginLogin(scene, 'erika', createOldPhone())
    const page = await walk.visit()
    assert.ok(listPrompts(page).every(({ type }) => type !== 'code'))
    assert.equal(page.type === 'ask' && page.form.lead?.key, 'push.lead.plain')
    assert.deepEqual(kindOf(scene, device), ['default', 'default'])
    const tap = signAnswer(await walk.challenge(), device, { type: 'approve' })
    await scene.requests.authenticate(tap)
    const done = await walk.visit()
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    assert.equal(done.change?.proof?.strength, 'possession')
    assert.equal(provenEntry.read(walk.data), acrPossession)
  })

  test(`a phone that shows numbers is asked before one that does not (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device: old } = await beginLogin(scene, 'erika', createOldPhone())
    const modern = await scene.addDevice(old.userId)
    scene.clock.time += 1
    await scene.devices.noteUse(db, old.id)
    const walk = createWalk(scene, scene.confirm, old.userId)
    await walk.visit()
    assert.equal(scene.sent[0]?.token, modern.token)
  })

  test(`a phone that shows no numbers is offered only where the policy accepts its approval (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await createLostPhoneScene(db)
    const { devices } = scene.login.factors.push
    await scene.login.addApp('plain', { ...required, plainApproval: true })
    await scene.login.addApp('plain-number', { ...required, plainApproval: true, level: 'number' })
    await scene.addPhone()
    const ids: string[] = []
    for (const phone of [createPhone(), createOldPhone()]) {
      const deviceId = `http://phones.example/${ids.length}`
      scene.login.openBox(deviceId)
      const id = await devices.add(db, scene.userId, { ...phone, deviceId }, new Uint8Array(32))
      await devices.activate(db, id)
      scene.login.pass(1)
      await devices.noteUse(db, ids[0] ?? id)
      ids.push(id)
    }
    const [modern, old] = ids
    const cards = async (app: string) => {
      const erika = await scene.enter(app)
      assert.equal(erika.where(), 'push/confirm')
      const buttons = erika.options()
      await erika.submit({ action: 'other' })
      return { buttons, ways: erika.options(), erika }
    }
    for (const app of ['required', 'plain-number']) {
      const { buttons, ways, erika } = await cards(app)
      assert.ok(!buttons.includes(`push:${old}`), app)
      assert.ok(!ways.includes(`push:${old}`), app)
      await erika.submit({ action: `push:${old}` })
      const asked = await db.selectFrom('push_challenges').select('device_id').execute()
      assert.ok(
        asked.every(({ device_id }) => device_id === modern),
        'nobody chooses what is not offered',
      )
      scene.login.pass(minutes(11))
    }
    const { buttons, ways, erika } = await cards('plain')
    assert.ok(buttons.includes(`push:${old}`))
    assert.deepEqual(
      ways.filter((one) => one.startsWith('push')).sort(),
      [`push:${modern}`, `push:${old}`].sort(),
    )
    await erika.submit({ action: `push:${old}` })
    assert.equal(erika.where(), 'push/confirm')
    const asked = await db
      .selectFrom('push_challenges')
      .select(['device_id', 'type'])
      .where('status', '=', 'waiting')
      .execute()
    assert.deepEqual(asked, [{ device_id: old, type: 'default' }])
  })

  test(`an app that sends an empty name shows numbers; an app that sends no name does not (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const unnamed = await scene.addDevice(userId, { phone: createPhone({ deviceName: '' }) })
    assert.deepEqual([unnamed.name, unnamed.showsNumbers], [null, true])
    const old = await scene.addDevice(userId, { phone: createOldPhone() })
    assert.deepEqual([old.name, old.showsNumbers], [null, false])
    // An app that was updated sends its name with the next refresh.
    await scene.requests.refresh(signRefresh(old, 'http://phone.test/updated'))
    assert.equal((await scene.devices.find(db, old.id))?.showsNumbers, true)
  })

  test(`the highest level of a user depends on the apps of the phones (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const findEnrolled = createFindEnrolled(scene.devices, scene.delivery)
    const { device } = await beginLogin(scene, 'erika', createOldPhone())
    assert.equal((await findEnrolled(db, device.userId))?.level, acrPossession)
    await scene.addDevice(device.userId)
    assert.equal((await findEnrolled(db, device.userId))?.level, undefined)
    assert.equal(description.highestLevel, acrNumber)
  })
})
