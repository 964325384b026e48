import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  signApproval,
  signDenial,
  signRegistration,
  signWrongNumber,
} from '../../../dev/test-support/push-scene.ts'
import {
  beginLogin,
  beginTest,
  createWalk,
  listChoices,
  listNotices,
  listPrompts,
} from '../../../dev/test-support/push-walk.ts'
import { createStepContext } from '../../../dev/test-support/scene.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import { challengeEntry, deviceEntry, registrationEntry, sendsEntry } from './data.ts'

onEachEngine((engine) => {
  test(`the first visit sends one message, and later visits send none (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { walk } = await beginLogin(scene)
    const first = await walk.visit()
    const { numbers } = await walk.challenge()
    const code = listPrompts(first).find((prompt) => prompt.type === 'code')
    assert.equal(code?.type === 'code' && code.value, `${numbers.right}`)
    await walk.visit()
    await walk.visit()
    assert.equal(scene.sent.length, 1)
  })

  test(`an approval confirms a login once and proves the factor (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    const challenge = await walk.challenge()
    const before = { ...walk.data }
    await scene.requests.authenticate(signApproval(challenge, device))
    scene.clock.time += 1000
    const done = await walk.visit()
    assert.deepEqual([done.type === 'done' && done.outcome, done.written], ['confirmed', true])
    assert.deepEqual(done.change?.proof, {
      factor: 'push',
      strength: 'number',
      amr: ['swk', 'user'],
      authenticatorId: device.id,
    })
    assert.equal((await scene.devices.find(db, device.id))?.lastUsedAt, scene.clock.now())
    walk.data = before
    const again = await walk.visit()
    assert.equal(again.type, 'ask')
  })

  test(`A3: of two visits that use one approval at the same time, exactly one is written (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = createPushScene(one.db)
    const other = createPushScene(two.db, scene.clock)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    const twin = createWalk(other, other.confirm, device.userId, { ...walk.data })
    const results = await Promise.all([walk.visit(), twin.visit()])
    const written = results.filter((result) => result.type === 'done' && result.written)
    assert.equal(written.length, 1)
  })

  for (const [name, sign] of [
    ['denial', signDenial],
    ['wrong number', signWrongNumber],
  ] as const) {
    test(`after a ${name}, a login cannot send another message (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createPushScene(db)
      const { device, walk } = await beginLogin(scene)
      await walk.visit()
      await scene.requests.authenticate(sign(await walk.challenge(), device))
      assert.deepEqual(listChoices(await walk.visit()), [])
      const forced = await walk.visit('resend')
      assert.deepEqual([forced.type, scene.sent.length], ['ask', 1])
      const links = listPrompts(forced).filter((prompt) => prompt.type === 'link')
      assert.equal(links.length, 1)
    })

    test(`after a ${name}, a test push can be sent again (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createPushScene(db)
      const { device, walk } = await beginTest(scene)
      await walk.visit()
      await scene.requests.authenticate(sign(await walk.challenge(), device))
      assert.deepEqual(listChoices(await walk.visit()), ['resend', 'back'])
      await walk.visit('resend')
      assert.equal(scene.sent.length, 2)
      await scene.requests.authenticate(signApproval(await walk.challenge(), device))
      const done = await walk.visit()
      assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    })
  }

  test(`A6: a phone becomes active only after its test is approved, and that is audited (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginTest(scene)
    const { userId, id: deviceId } = device
    await walk.visit()
    assert.equal((await scene.devices.listActive(db, userId)).length, 0)
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    assert.equal((await scene.devices.listActive(db, userId)).length, 0)
    await walk.visit()
    assert.equal((await scene.devices.listActive(db, userId)).length, 1)
    assert.deepEqual(await scene.listAudit('push_device_activated'), [{ userId, deviceId }])
    const [notice] = scene.noticed
    assert.equal(notice?.kind, 'device_added')
    assert.deepEqual([notice.facts.userId, notice.facts.device], [userId, device.name])
  })

  test(`A1: after three unanswered messages in ten minutes, no more are sent, even in a new login (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const first = await beginLogin(scene)
    await first.walk.visit()
    for (const pause of [5, 20]) {
      scene.clock.time += seconds(pause)
      await first.walk.visit('resend')
    }
    assert.equal(scene.sent.length, 3)
    scene.clock.time += seconds(60)
    await first.walk.visit('resend')
    assert.equal(scene.sent.length, 3)

    const second = createWalk(scene, scene.confirm, first.device.userId)
    assert.deepEqual(listNotices(await second.visit()), ['approval.limit.text'])
    scene.clock.time += minutes(10)
    await second.visit()
    assert.equal(scene.sent.length, 4)
  })

  test(`A1: after ten unanswered messages in a day, no more are sent (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    for (let n = 0; n < 20; n += 1) {
      scene.clock.time += minutes(11)
      await createWalk(scene, scene.confirm, device.userId).visit()
    }
    assert.equal(scene.sent.length, 10)
  })

  test(`A1: wrong numbers and denials use up the budget of messages, and approvals do not (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device } = await beginLogin(scene)
    const login = async (answer: typeof signApproval) => {
      scene.clock.time += seconds(20)
      const walk = createWalk(scene, scene.confirm, device.userId)
      await walk.visit()
      await scene.requests.authenticate(answer(await walk.challenge(), device))
    }
    for (let n = 0; n < 5; n += 1) await login(signApproval)
    for (const refusal of [signDenial, signWrongNumber, signDenial]) await login(refusal)
    assert.equal(scene.sent.length, 8)
    const next = createWalk(scene, scene.confirm, device.userId)
    assert.deepEqual(listNotices(await next.visit()), ['approval.limit.text'])
  })

  test(`A10: a pending phone does not become active if another phone was connected meanwhile (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginTest(scene)
    await walk.visit()
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    await scene.addDevice(device.userId)
    const late = await walk.visit()
    assert.equal(late.type === 'done' && late.outcome, 'overtaken')
    const active = await scene.devices.listActive(db, device.userId)
    assert.ok(active.every(({ id }) => id !== device.id))
  })

  test(`the page reports a wrong number even after the last message that is allowed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    for (const pause of [5, 20]) {
      scene.clock.time += seconds(pause)
      await walk.visit('resend')
    }
    await scene.requests.authenticate(signWrongNumber(await walk.challenge(), device))
    assert.deepEqual(listNotices(await walk.visit()), ['push.wrong_number.text'])
  })

  test(`sending again creates a new challenge, and an answer to the old one is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    const old = await walk.challenge()
    scene.clock.time += seconds(5)
    await walk.visit('resend')
    const late = await scene.requests.authenticate(signApproval(old, device))
    assert.equal(late.type, 'refused')
    assert.equal((await walk.visit()).type, 'ask')
  })

  test(`A1: a second login of the same user supersedes the first and wakes its page (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const first = await scene.challenge(device, { journeyHash: 'first' })
    let wakes = 0
    scene.events.listen('journey:first', () => {
      wakes += 1
    })
    scene.clock.time += seconds(5)
    await createWalk(scene, scene.confirm, device.userId).visit()
    assert.equal((await scene.challengeNow(first.messageId)).status, 'superseded')
    assert.equal(wakes, 1)
    const old = createWalk(scene, scene.confirm, device.userId, {
      ...challengeEntry.write(first.messageId),
      ...sendsEntry.write(1),
    })
    assert.deepEqual(listNotices(await old.visit()), ['push.superseded.text'])
    await old.visit('resend')
    assert.equal(scene.sent.length, 1)
  })

  test(`A9: an approval is not accepted in another journey (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const foreign = await scene.challenge(device, { journeyHash: 'another' })
    await scene.requests.authenticate(signApproval(foreign, device))
    const walk = createWalk(
      scene,
      scene.confirm,
      device.userId,
      challengeEntry.write(foreign.messageId),
    )
    assert.equal((await walk.visit()).written, false)
  })

  test(`A13: an approval that is used too late lets nobody in (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    scene.clock.time += minutes(2)
    assert.deepEqual(listNotices(await walk.visit()), ['push.expired.text'])
  })

  test(`cancelling withdraws the challenge (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    const challenge = await walk.challenge()
    const left = await walk.visit('cancel')
    assert.equal(left.type === 'done' && left.outcome, 'cancelled')
    const reply = await scene.requests.authenticate(signApproval(challenge, device))
    assert.equal(reply.type, 'refused')
    assert.deepEqual(walk.data, {})
  })

  test(`a user who cancels is not logged in by an approval that came just before (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    const left = await walk.visit('cancel')
    assert.deepEqual([left.type === 'done' && left.outcome, left.written], ['cancelled', true])
  })

  test(`an approval confirms a login even if the user then asks for another message (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    const done = await walk.visit('resend')
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    assert.equal(scene.sent.length, 1)
  })

  test(`A12: a phone that was removed after its approval lets nobody in (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    await db.updateTable('push_devices').set({ status: 'removed' }).execute()
    assert.deepEqual(listNotices(await walk.visit()), ['push.no_device.text'])
  })

  test(`A12: an approval does not bring back a phone that was removed during its test (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginTest(scene)
    await walk.visit()
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    await db.updateTable('push_devices').set({ status: 'removed' }).execute()
    const page = await walk.visit()
    assert.deepEqual([listNotices(page), listChoices(page)], [['push.no_device.text'], ['back']])
    const back = await walk.visit('back')
    assert.equal(back.type === 'done' && back.outcome, 'back')
    assert.equal((await scene.devices.listActive(db, device.userId)).length, 0)
  })

  test(`A1: the second message is sent at once, and the third only after a pause (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    scene.clock.time += seconds(1)
    await walk.visit('resend')
    assert.equal(scene.sent.length, 2)
    scene.clock.time += seconds(20) - 1
    const early = await walk.visit('resend')
    assert.deepEqual(early.type === 'ask' && early.formError?.text, {
      key: 'approval.pause.text',
      values: { wait: 1 },
    })
    // The page of the message that is there.
    assert.ok(listChoices(early).includes('resend'))
    const twin = createWalk(scene, scene.confirm, device.userId)
    const paused = await twin.visit()
    assert.deepEqual(
      [listNotices(paused), listChoices(paused)],
      [['approval.pause.text'], ['retry', 'trouble']],
    )
    assert.equal(scene.sent.length, 2)
    scene.clock.time += 1
    await walk.visit('resend')
    assert.equal(scene.sent.length, 3)
  })

  test(`sending again within a second sends nothing and shows no error (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    const { messageId } = await walk.challenge()
    scene.clock.time += seconds(1) - 1
    const page = await walk.visit('resend')
    assert.equal(page.type === 'ask' && page.formError, undefined)
    assert.equal((await walk.challenge()).messageId, messageId)
    assert.equal(scene.sent.length, 1)
    scene.clock.time += 1
    await walk.visit('resend')
    assert.equal(scene.sent.length, 2)
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    const done = await walk.visit()
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
  })

  test(`after the only message is cancelled, the next one is sent at once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    await walk.visit('cancel')
    const again = createWalk(scene, scene.confirm, device.userId)
    await again.visit()
    assert.equal(scene.sent.length, 2)
  })

  test(`a user who goes back from a test gets a new code and no further message (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const code = await scene.openCode(userId)
    await scene.requests.register(signRegistration(code, createPhone()))
    const walk = createWalk(scene, scene.register, userId, registrationEntry.write(code.messageId))
    await walk.visit()
    const tested = createWalk(scene, scene.test, userId, walk.data)
    await tested.visit()
    const back = await tested.visit('back')
    assert.equal(back.type === 'done' && back.outcome, 'back')
    assert.deepEqual(tested.data, {})
    const renewed = createWalk(scene, scene.register, userId, tested.data)
    assert.equal((await renewed.visit()).type, 'ask')
    assert.notEqual(registrationEntry.read(renewed.data), code.messageId)
    assert.equal(scene.sent.length, 1)
  })

  test(`the waiting page shows that a delivery failed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    scene.outcome.result = { type: 'failed', reason: 'timeout', retryable: true }
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    const look = await walk.visit()
    assert.equal(look.change, undefined, 'showing a page changes nothing')
    const wait = listPrompts(look).find((prompt) => prompt.type === 'wait')
    assert.equal(wait?.status.key, 'push.undelivered.text')
    const context = createStepContext(scene, device.userId, { data: walk.data })
    const status = await scene.confirm.status?.(context, wait?.shown)
    assert.deepEqual([status?.final, status?.status.key], [false, 'push.undelivered.text'])
    assert.equal((await scene.confirm.status?.(context))?.final, true, 'a page that says less')
  })

  test(`the page says at once that no sender can reach the phone, and does not wait (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const phone = createPhone({ deviceId: 'fcm-token' })
    const { walk } = await beginLogin(scene, 'max', phone)
    scene.rules.mayEnrolAnew = true
    const page = await walk.visit()
    assert.deepEqual([listNotices(page), listChoices(page)], [['push.no_sender.text'], ['trouble']])
    assert.equal(challengeEntry.read(walk.data), undefined)
    assert.equal(page.type === 'ask' && page.form.title.key, 'push.no_sender.title')
    const [heldBack] = await scene.listAudit('push_held_back')
    assert.equal(heldBack?.reason, 'no_sender')
    const { walk: test } = await beginTest(scene, createPhone({ deviceId: 'fcm-token' }))
    const tested = await test.visit()
    assert.deepEqual(
      [listNotices(tested), listChoices(tested)],
      [['push.no_sender.text'], ['back']],
    )
  })

  test(`the status is final as soon as the phone has answered or the time is over (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    const isFinal = async () => {
      const context = createStepContext(scene, device.userId, { data: walk.data })
      return (await scene.confirm.status?.(context))?.final
    }
    await walk.visit()
    assert.equal(await isFinal(), false)
    await scene.requests.authenticate(signDenial(await walk.challenge(), device))
    assert.equal(await isFinal(), true)

    const other = await beginLogin(scene, 'max')
    await other.walk.visit()
    const context = createStepContext(scene, other.device.userId, { data: other.walk.data })
    const later = { ...context, now: context.now + minutes(2) }
    assert.equal((await scene.confirm.status?.(later))?.final, true)
  })

  test(`the test page says when a second phone has used the same code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const code = await scene.openCode(userId)
    await scene.requests.register(signRegistration(code, createPhone()))
    const data = registrationEntry.write(code.messageId)
    const register = createWalk(scene, scene.register, userId, data)
    await register.visit()
    const tested = createWalk(scene, scene.test, userId, register.data)
    assert.deepEqual(listNotices(await tested.visit()), [])
    await scene.requests.register(signRegistration(code, createPhone()))
    assert.deepEqual(listNotices(await tested.visit()), ['push.enrol.second_phone.text'])
  })

  test(`A7: the phone of another user is never tested and never asked (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const foreign = await scene.addDevice(await scene.addUser('max'), { pending: true })
    const userId = await scene.addUser('erika')
    const tested = createWalk(scene, scene.test, userId, deviceEntry.write(foreign.id))
    assert.deepEqual(listNotices(await tested.visit()), ['push.no_device.text'])
    const login = createWalk(scene, scene.confirm, userId, deviceEntry.write(foreign.id))
    assert.deepEqual(listNotices(await login.visit()), ['push.no_device.text'])
    assert.deepEqual(scene.sent, [])
  })

  test(`a login never asks a pending phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser(), { pending: true })
    const walk = createWalk(scene, scene.confirm, device.userId)
    assert.deepEqual(listNotices(await walk.visit()), ['push.no_device.text'])
  })
})
