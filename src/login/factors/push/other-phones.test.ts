/** A user with several phones: each of them can be asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  type PushScene,
  signApproval,
} from '../../../dev/test-support/push-scene.ts'
import {
  createWalk,
  listChoices,
  listNotices,
  listPrompts,
} from '../../../dev/test-support/push-walk.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import { mergeData } from '../../engine/data.ts'
import { chosenAuthenticatorEntry } from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import { createFindEnrolled } from './authenticators.ts'
import type { PushDevice } from './devices.ts'

const codes: FactorCard = {
  kind: 'totp',
  label: message('other.totp'),
  hint: message('other.totp.hint'),
  icon: 'code',
}

async function addPhones(scene: PushScene, db: Database, names: readonly string[]) {
  const userId = await scene.addUser()
  const phones: PushDevice[] = []
  for (const deviceName of names) {
    scene.clock.time += 1
    phones.push(await scene.addDevice(userId, { phone: createPhone({ deviceName }) }))
  }
  const [first, second] = phones
  if (first === undefined || second === undefined) throw new Error('two phones at least')
  scene.clock.time += 1
  await scene.devices.noteUse(db, first.id)
  return { userId, first, second, phones, walk: createWalk(scene, scene.confirm, userId) }
}

const tokensOf = (scene: PushScene) => scene.sent.map(({ token }) => token)
const phoneValue = ({ id }: PushDevice) => `push:${id}`

onEachEngine((engine) => {
  test(`the phone that was used last is asked first, and the login can be sent to the other one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { first, second, walk } = await addPhones(scene, db, ['Own phone', 'Work phone'])
    const page = await walk.visit()
    assert.deepEqual(listChoices(page), ['resend', phoneValue(second), 'trouble', 'cancel'])
    const before = await walk.challenge()
    scene.clock.time += 1
    assert.deepEqual(await walk.status(), [false, 'push.status.sent'])
    await walk.visit(phoneValue(second))
    assert.deepEqual(await walk.status(), [false, 'push.status.sent'], 'the first of this phone')
    assert.deepEqual(tokensOf(scene), [first.token, second.token])
    assert.deepEqual(listChoices(await walk.visit()), [
      'resend',
      phoneValue(first),
      'trouble',
      'cancel',
    ])

    const late = await scene.requests.authenticate(signApproval(before, first))
    assert.equal(late.type, 'refused')
    await scene.requests.authenticate(signApproval(await walk.challenge(), second))
    const done = await walk.visit()
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    assert.equal(done.change?.proof?.authenticatorId, second.id)
    const again = createWalk(scene, scene.confirm, first.userId)
    await again.visit()
    assert.equal(tokensOf(scene).at(-1), second.token)
  })

  test(`the user can ask the other phone after the request has expired (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { second, walk } = await addPhones(scene, db, ['Own phone', 'Work phone'])
    await walk.visit()
    scene.clock.time += minutes(3)
    assert.deepEqual(listChoices(await walk.visit()), ['resend', phoneValue(second), 'trouble'])
    await walk.visit(phoneValue(second))
    assert.equal(tokensOf(scene).at(-1), second.token)
  })

  test(`many phones are behind one button, which leads to the list of all factors (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, phones, walk } = await addPhones(scene, db, ['A', 'B', 'C', 'D'])
    assert.deepEqual(listChoices(await walk.visit()), ['resend', 'phones', 'trouble', 'cancel'])
    const left = await walk.visit('phones')
    assert.equal(left.type === 'done' && left.outcome, 'other')
    const enrolled = await createFindEnrolled(scene.devices, scene.delivery)(db, userId)
    assert.deepEqual(
      enrolled?.choices?.map(({ label }) => label.values?.device),
      ['A', 'D', 'C', 'B'],
    )
    const chosen = phones[2]
    assert.ok(chosen)
    scene.clock.time += seconds(2)
    const data = { ...walk.data, ...chosenAuthenticatorEntry.write(chosen.id) }
    await createWalk(scene, scene.confirm, userId, data).visit()
    assert.equal(tokensOf(scene).at(-1), chosen.token)
  })

  test(`removed, unreachable and foreign phones are neither offered nor asked (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const names = ['Own phone', 'Removed', 'Gone', 'Without a sender']
    const { userId, first, phones, walk } = await addPhones(scene, db, names)
    const [, removed, gone, foreign] = phones
    assert.ok(removed && gone && foreign)
    await scene.devices.remove(db, userId, removed.id)
    await scene.devices.disablePush(db, gone.id, gone.token)
    await db
      .updateTable('push_devices')
      .set({ device_token: 'of-firebase' })
      .where('id', '=', foreign.id)
      .execute()
    const other = await scene.addUser('max')
    const strange = await scene.addDevice(other)
    assert.deepEqual(listChoices(await walk.visit()), ['resend', 'trouble', 'cancel'])
    for (const phone of [removed, gone, foreign, strange]) {
      scene.clock.time += minutes(11)
      await walk.visit(phoneValue(phone))
      const data = chosenAuthenticatorEntry.write(phone.id)
      await createWalk(scene, scene.confirm, userId, data).visit()
    }
    assert.deepEqual(new Set(tokensOf(scene)), new Set([first.token]))
    const enrolled = await createFindEnrolled(scene.devices, scene.delivery)(db, userId)
    assert.deepEqual(
      enrolled?.choices?.map(({ id }) => id),
      [first.id],
    )
  })

  test(`a phone that the user chooses is asked at once, and only its first request needs no pause (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const names = ['Own phone', 'Work phone', 'Old phone']
    const { userId, first, second, phones, walk } = await addPhones(scene, db, names)
    const third = phones[2]
    assert.ok(third)
    await walk.visit()
    await walk.visit(phoneValue(second))
    assert.deepEqual(tokensOf(scene), [first.token, second.token])
    // Back to the first one there is the pause, as this is one more message to it.
    const paused = await walk.visit(phoneValue(first))
    assert.equal(paused.type === 'ask' && paused.formError?.retryAfter, 20)
    // The list of all factors works like the page that waits.
    await walk.visit('other')
    const data = chosenAuthenticatorEntry.write(third.id)
    await createWalk(scene, scene.confirm, userId, data).visit()
    assert.deepEqual(tokensOf(scene), [first.token, second.token, third.token])
    scene.clock.time += seconds(60)
    const over = await walk.visit(phoneValue(first))
    assert.equal(scene.sent.length, 3)
    assert.deepEqual(listNotices(over), ['push.superseded.text'])
  })

  test(`a user who returns from the other factors finds the open request, and another phone gets a new one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    scene.rules.others = [codes]
    const { first, second, walk } = await addPhones(scene, db, ['Own phone', 'Work phone'])
    const comeBack = async (phone?: PushDevice) => {
      const left = await walk.visit('other')
      assert.equal(left.type === 'done' && left.outcome, 'other')
      walk.data = mergeData(walk.data, chosenAuthenticatorEntry.write(phone?.id))
      return await walk.visit()
    }
    await walk.visit()
    const open = await walk.challenge()
    for (const phone of [undefined, first]) {
      const page = await comeBack(phone)
      assert.ok(
        listPrompts(page).some(
          (one) => one.type === 'code' && one.value === `${open.numbers.right}`,
        ),
      )
      assert.equal((await walk.challenge()).messageId, open.messageId)
    }
    assert.equal(scene.sent.length, 1)
    await comeBack(second)
    assert.deepEqual(tokensOf(scene), [first.token, second.token])
    await walk.visit()
    assert.equal(scene.sent.length, 2)
    assert.equal((await scene.challengeNow(open.messageId)).status, 'superseded')
    // One more to the first phone has to wait, and the open one stays.
    const paused = await comeBack(first)
    assert.equal(paused.type === 'ask' && paused.formError?.retryAfter, 20)
    const later = await walk.visit()
    assert.equal(later.type === 'ask' && later.formError, undefined)
    await walk.visit('other')
    await scene.requests.authenticate(signApproval(await walk.challenge(), second))
    const done = await walk.visit()
    assert.deepEqual([done.type === 'done' && done.outcome, done.written], ['confirmed', true])
  })

  test(`an open request stays on the page when the limit holds back another one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { first, walk } = await addPhones(scene, db, ['Own phone', 'Work phone'])
    await walk.visit()
    for (const pause of [5, 20]) {
      scene.clock.time += seconds(pause)
      await walk.visit('resend')
    }
    scene.clock.time += seconds(30)
    const page = await walk.visit('resend')
    assert.equal(page.type === 'ask' && page.formError?.text.key, 'approval.limit.text')
    assert.ok(listPrompts(page).some(({ type }) => type === 'code'))
    assert.equal(scene.sent.length, 3)
    await scene.requests.authenticate(signApproval(await walk.challenge(), first))
    const done = await walk.visit()
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
  })

  test(`A6: many simultaneous logins that choose phones stay within the budget (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId, phones } = await addPhones(scene, db, ['A', 'B', 'C', 'D', 'E'])
    await Promise.all(
      phones.flatMap(({ id }) =>
        [1, 2].map(() =>
          createWalk(scene, scene.confirm, userId, chosenAuthenticatorEntry.write(id)).visit(),
        ),
      ),
    )
    assert.equal(scene.sent.length <= 3, true, `${scene.sent.length} messages`)
    assert.equal(new Set(tokensOf(scene)).size, scene.sent.length, 'no phone rings twice')
  })

  test(`A6: changing phones sends no more messages than one phone gets (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { first, second, walk } = await addPhones(scene, db, ['Own phone', 'Work phone'])
    await walk.visit()
    for (let n = 0; n < 20; n += 1) {
      scene.clock.time += seconds(25)
      await walk.visit(phoneValue(n % 2 === 0 ? second : first))
    }
    assert.equal(scene.sent.length <= 3, true, `${scene.sent.length} messages`)
  })

  for (const [name, answer] of [
    ['wrong number', 'wrong_number'],
    ['denial', 'denied'],
  ] as const) {
    test(`after a ${name} no other phone is asked (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createPushScene(db)
      const { second, walk } = await addPhones(scene, db, ['Own phone', 'Work phone'])
      await walk.visit()
      const { messageId } = await walk.challenge()
      await scene.challenges.answer(
        db,
        { messageId, purpose: 'login' },
        { answer, answerHash: 'x' },
      )
      scene.clock.time += minutes(11)
      await walk.visit(phoneValue(second))
      await walk.visit('phones')
      assert.equal(scene.sent.length, 1)
    })
  }
})
