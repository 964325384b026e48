/** Phones that can no longer be reached, and messages that could not be sent. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  type PushScene,
  signApproval,
  signRefresh,
  signRegistration,
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
import { transact } from '../../../platform/storage/transact.ts'
import { message } from '../../../platform/ui/message.ts'
import type { SendResult } from '../approval/sending/sender.ts'
import { chosenEntry } from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import { createFindEnrolled } from './authenticators.ts'
import { challengeEntry, registrationEntry } from './data.ts'
import { withdrawPending } from './verify-step.ts'

const gone: SendResult = { type: 'gone', reason: 'UNREGISTERED' }
const failed: SendResult = { type: 'failed', reason: 'timeout', retryable: true }

const codes: FactorCard = {
  kind: 'totp',
  label: message('other.totp'),
  hint: message('other.totp.hint'),
  icon: 'code',
}

/** A phone of this name that a provider has called dead. */
async function addLostPhone(scene: PushScene, userId: Awaited<ReturnType<PushScene['addUser']>>) {
  const device = await scene.addDevice(userId, { phone: createPhone({ deviceName: 'Old one' }) })
  await scene.devices.disablePush(scene.db, device.id, device.token)
  return device
}

onEachEngine((engine) => {
  test(`a dead address is recorded once, audited and never used again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    scene.outcome.result = gone
    await walk.visit()
    const { userId, id: deviceId } = device
    assert.equal((await scene.devices.find(db, deviceId))?.pushDisabledAt, scene.clock.now())
    assert.deepEqual(await scene.listAudit('push_disabled'), [
      { userId, deviceId, provider: 'test' },
    ])
    scene.outcome.result = { type: 'sent' }
    for (let n = 0; n < 5; n += 1) {
      scene.clock.time += minutes(11)
      await walk.visit('resend')
      await createWalk(scene, scene.confirm, userId).visit()
    }
    assert.equal(scene.sent.length, 1)
  })

  test(`the page names the phone that is gone and offers other steps (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { walk } = await beginLogin(scene)
    scene.outcome.result = gone
    await walk.visit()
    assert.deepEqual(await walk.status(), [true, 'push.disabled.status'])
    const page = await walk.visit()
    assert.deepEqual(page.type === 'ask' && page.form.title, {
      key: 'push.disabled.title',
      values: { device: 'Pixel 9' },
    })
    assert.deepEqual(listChoices(page), ['retry', 'trouble'])
    assert.equal(listPrompts(page).filter(({ type }) => type === 'link').length, 1)
    assert.equal(challengeEntry.read(walk.data), undefined)
  })

  test(`a user whose phone is gone can choose another factor (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    await addLostPhone(scene, userId)
    scene.rules.others = [codes]
    const walk = createWalk(scene, scene.confirm, userId)
    assert.deepEqual(listChoices(await walk.visit()), ['totp', 'retry', 'trouble'])
    const left = await walk.visit('totp')
    assert.equal(left.type === 'done' && left.outcome, 'other')
    assert.equal(chosenEntry.read(walk.data), 'totp')
  })

  test(`when a phone is gone, the server asks another phone of the user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    const second = await scene.addDevice(device.userId)
    scene.clock.time += 1
    await scene.devices.noteUse(db, device.id)
    scene.outcome.result = gone
    await walk.visit()
    scene.outcome.result = { type: 'sent' }
    await walk.visit()
    assert.deepEqual(
      scene.sent.map(({ token }) => token),
      [device.token, second.token],
    )
    await scene.requests.authenticate(signApproval(await walk.challenge(), second))
    const done = await walk.visit()
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
  })

  test(`a phone that sends its new address gets messages again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    scene.outcome.result = gone
    await walk.visit()
    await walk.visit()
    scene.outcome.result = { type: 'sent' }
    await scene.devices.noteUnreachableNotified(db, [device.id])
    await scene.requests.refresh(signRefresh(device, 'http://phone.test/new'))
    const now = await scene.devices.find(db, device.id)
    assert.deepEqual([now?.pushDisabledAt, now?.unreachableNotifiedAt], [null, null])
    await walk.visit('retry')
    assert.equal(scene.sent.at(-1)?.token, 'http://phone.test/new')
    assert.deepEqual(await walk.status(), [false, 'push.status.sent_again'])
  })

  test(`an address that changed while a message was in transit is not marked as dead (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const challenge = await scene.challenge(device)
    await scene.requests.refresh(signRefresh(device, 'http://phone.test/new'))
    scene.outcome.result = gone
    scene.delivery.start({
      device,
      challenge,
      app: 'Webmail',
      client: createStepContext(scene, device.userId).client,
    })
    await scene.delivery.settle()
    assert.equal((await scene.devices.find(db, device.id))?.pushDisabledAt, null)
    assert.deepEqual(await scene.listAudit('push_disabled'), [])
  })

  test(`a message that was queued when its process ended is marked as failed after the next start (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const before = createPushScene(one.db)
    const device = await before.addDevice(await before.addUser())
    const old = await before.challenge(device, { journeyHash: 'first' })
    before.clock.time += seconds(11)
    const young = await before.challenge(device, { journeyHash: 'second' })
    const after = createPushScene(two.db, before.clock)
    const woken: string[] = []
    for (const name of ['first', 'second']) {
      after.events.listen(`journey:${name}`, () => void woken.push(name))
    }
    await after.delivery.failForgotten()
    assert.equal((await after.challengeNow(old.messageId)).delivery, 'failed')
    // It may be on its way from another node.
    assert.equal((await after.challengeNow(young.messageId)).delivery, 'queued')
    assert.deepEqual(after.sent, [])
    // The first was superseded by the second: nobody waits for it.
    assert.deepEqual(woken, [])
    after.clock.time += seconds(11)
    await after.delivery.failForgotten()
    assert.deepEqual(woken, ['second'])
  })

  test(`a request that has expired unsent is not marked after the next start, as nobody waits for it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { messageId, expiresAt } = await scene.challenge(
      await scene.addDevice(await scene.addUser()),
    )
    scene.clock.time = expiresAt
    await scene.delivery.failForgotten()
    assert.equal((await scene.challengeNow(messageId)).delivery, 'queued')
    scene.clock.time -= 1
    await scene.delivery.failForgotten()
    assert.equal((await scene.challengeNow(messageId)).delivery, 'failed')
  })

  test(`after three seconds without a handover to the provider, the page offers the other factors (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    scene.rules.others = [codes]
    const { promise, resolve } = Promise.withResolvers<SendResult>()
    scene.outcome.result = promise
    let wakes = 0
    scene.events.listen('journey:journey', () => {
      wakes += 1
    })
    const first = await walk.visit(undefined, { settle: false })
    assert.deepEqual(listChoices(first), ['resend', 'other', 'trouble', 'cancel'])
    assert.deepEqual(
      scene.waits.map(({ ms }) => ms),
      [3000],
    )
    scene.clock.time += seconds(3) - 1
    assert.deepEqual(await walk.status(), [false, 'push.status.sending'])
    scene.clock.time += 1
    scene.waits[0]?.pass()
    assert.equal(wakes, 1)
    assert.deepEqual(await walk.status(), [true, 'push.status.sending'])
    const offering = await walk.visit(undefined, { settle: false })
    assert.deepEqual(listChoices(offering), ['resend', 'totp', 'trouble', 'cancel'])
    // Said once: the page is not loaded again and again.
    assert.deepEqual(await walk.status(), [false, 'push.status.slow'])
    resolve({ type: 'sent' })
    await scene.delivery.settle()
    assert.deepEqual(scene.waits, [])
    assert.deepEqual(await walk.status(), [true, 'push.status.sent'])
    const sent = await walk.visit()
    assert.deepEqual(
      [listChoices(sent), listNotices(sent)],
      [['resend', 'other', 'trouble', 'cancel'], []],
    )
    assert.deepEqual(await walk.status(), [false, 'push.status.sent'])
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    assert.deepEqual(await walk.status(), [true, 'push.status.answered'])
  })

  test(`the page reports an undelivered message at once, without number and time, and first offers to send again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { walk } = await beginLogin(scene)
    scene.outcome.result = failed
    await walk.visit()
    assert.deepEqual(await walk.status(), [true, 'push.undelivered.text'])
    const page = await walk.visit()
    assert.equal(page.type === 'ask' && page.form.title.key, 'push.undelivered.title')
    assert.deepEqual(
      listPrompts(page).map(({ type }) => type),
      ['wait', 'facts', 'choice'],
    )
    assert.deepEqual(listChoices(page), ['resend', 'trouble', 'cancel'])
    assert.deepEqual(await walk.status(), [false, 'push.undelivered.text'])
    scene.rules.others = [codes]
    assert.deepEqual(listChoices(await walk.visit()), ['resend', 'totp', 'trouble', 'cancel'])
    scene.rules.others = [codes, codes]
    assert.deepEqual(listChoices(await walk.visit()), ['resend', 'other', 'trouble', 'cancel'])
    scene.rules.others = [codes]
    const left = await walk.visit('totp')
    assert.equal(left.type === 'done' && left.outcome, 'other')
  })

  test(`a user without the phone gets the trouble pages, and the request stays open until another factor is chosen (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    const { messageId } = await walk.challenge()
    const left = await walk.visit('trouble')
    assert.equal(left.type === 'done' && left.outcome, 'trouble')
    assert.equal((await scene.challenges.find(db, messageId))?.status, 'waiting')
    const context = createStepContext(scene, device.userId, { data: walk.data })
    const taken = await withdrawPending(scene.send, context)
    await transact(db, async (tx) => await taken?.write?.(tx))
    assert.equal((await scene.challenges.find(db, messageId))?.status, 'superseded')
  })

  test(`a user who lost the only phone connects a new one where allowed, and the lost phone is removed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const lost = await addLostPhone(scene, userId)
    const session = await scene.signIn(userId)
    const proof = {
      factor: 'push',
      strength: 'number',
      amr: ['swk'],
      authenticatorId: lost.id,
    } as const
    const proven = { ...proof, userId, provenAt: scene.clock.now() }
    await scene.journeys.insertProof(db, 'a login before', proven, session.id)
    scene.rules.mayEnrolAnew = true
    const walk = createWalk(scene, scene.confirm, userId)
    assert.deepEqual(listChoices(await walk.visit()), ['register', 'retry', 'trouble'])
    const chosen = await walk.visit('register')
    assert.equal(chosen.type === 'done' && chosen.outcome, 'register')
    const code = await scene.openCode(userId)
    const data = registrationEntry.write(code.messageId)
    const register = createWalk(scene, scene.register, userId, data)
    await scene.requests.register(signRegistration(code, createPhone()))
    const registered = await register.visit()
    assert.equal(registered.type === 'done' && registered.outcome, 'registered')
    const tested = createWalk(scene, scene.test, userId, register.data)
    await tested.visit()
    const { deviceId } = await tested.challenge()
    const fresh = await scene.devices.find(db, deviceId)
    if (fresh === undefined) throw new Error('no device')
    await scene.requests.authenticate(signApproval(await tested.challenge(), fresh))
    const done = await tested.visit()
    assert.deepEqual([done.type === 'done' && done.outcome, done.written], ['confirmed', true])
    assert.deepEqual(
      (await scene.devices.listActive(db, userId)).map(({ id }) => id),
      [fresh.id],
    )
    assert.deepEqual(await scene.listAudit('push_device_removed'), [
      { userId, deviceId: lost.id, name: 'Old one', by: userId },
    ])
    assert.deepEqual(
      scene.noticed.map(({ kind, facts }) => [kind, facts.device]),
      [
        ['device_removed', 'Old one'],
        ['device_added', 'Pixel 9'],
      ],
    )
    assert.equal(await scene.sessions.findById(session.id), undefined)
    // It comes back to life: too late.
    const reply = await scene.requests.refresh(signRefresh(lost, 'http://phone.test/late'))
    assert.equal(reply.type, 'refused')
  })

  test(`A10: the user of a lost phone cannot connect a new one where that is not allowed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    await addLostPhone(scene, userId)
    const walk = createWalk(scene, scene.confirm, userId)
    assert.deepEqual(listChoices(await walk.visit()), ['retry', 'trouble'])
    for (const action of ['register', 'other', 'totp', 'resend', 'skip', '']) {
      assert.deepEqual(listChoices(await walk.visit(action)), ['retry', 'trouble'], action)
    }
    const code = await scene.openCode(userId)
    await scene.requests.register(signRegistration(code, createPhone()))
    const data = registrationEntry.write(code.messageId)
    const register = createWalk(scene, scene.register, userId, data)
    const superseded = await register.visit()
    assert.equal(superseded.type === 'done' && superseded.outcome, 'overtaken')
  })

  test(`A10: a new phone does not replace a phone that can be reached (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    await addLostPhone(scene, userId)
    scene.rules.mayEnrolAnew = true
    const code = await scene.openCode(userId)
    await scene.requests.register(signRegistration(code, createPhone()))
    await scene.addDevice(userId)
    const data = registrationEntry.write(code.messageId)
    const superseded = await createWalk(scene, scene.register, userId, data).visit()
    assert.equal(superseded.type === 'done' && superseded.outcome, 'overtaken')
  })

  test(`the test of a phone that cannot be reached leads back to the code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { walk } = await beginTest(scene)
    scene.outcome.result = gone
    await walk.visit()
    assert.deepEqual(listChoices(await walk.visit()), ['back'])
    const back = await walk.visit('back')
    assert.equal(back.type === 'done' && back.outcome, 'back')
  })

  test(`the notice of a lost phone stays until the user has read it, and appears again after the next loss (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const findEnrolled = createFindEnrolled(scene.devices, scene.delivery)
    const lost = await addLostPhone(scene, userId)
    const enrolled = await findEnrolled(db, userId)
    assert.equal(enrolled?.isUnreachable, true)
    assert.deepEqual(enrolled.notice?.title.values, { device: 'Old one' })
    await enrolled.notice?.noteRead(db)
    assert.equal((await findEnrolled(db, userId))?.notice, undefined)
    assert.equal((await findEnrolled(db, userId))?.isUnreachable, true)
    await scene.requests.refresh(signRefresh(lost, 'http://phone.test/new'))
    assert.equal((await findEnrolled(db, userId))?.isUnreachable, undefined)
    await scene.devices.disablePush(db, lost.id, 'http://phone.test/new')
    assert.notEqual((await findEnrolled(db, userId))?.notice, undefined)
    await scene.addDevice(userId)
    assert.equal((await findEnrolled(db, userId))?.isUnreachable, undefined)
  })
})
