// A user with phones of both kinds reports one as lost: that phone is removed, even if the other one was asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createAuthenticatorScene,
  enrolPhone,
} from '../../../dev/test-support/authenticator-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createPhone } from '../../../dev/test-support/push-scene.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'

const address = 'http://phones.example/second'
const code = '0000000000000000'

/** A person with a phone that shows codes, one that shows numbers and was used last, and one code on paper. */
async function setUp(db: Database) {
  const scene = createAuthenticatorScene(db, {
    policy: { secondFactor: 'required', level: 'possession', skips: 0, decline: false },
  })
  const { user, phone, id } = await enrolPhone(scene)
  const { devices } = scene.factors.push
  const box = scene.openBox(address)
  const second = createPhone({ deviceId: address, deviceName: 'Samsung' })
  scene.pass(minutes(1))
  const secondId = await devices.add(db, user.id, second, new Uint8Array(32))
  await devices.activate(db, secondId)
  await devices.noteUse(db, secondId)
  const { store } = scene.factors.recovery
  const stored = await store.prepare([code])
  await transact(db, (tx) => store.replace(tx, user.id, stored))
  scene.pass(minutes(1))
  const browser = await scene.openBrowser('erika', 'another')
  assert.equal(browser.step(), 'push/confirm')
  return {
    ...scene,
    ...{ browser, box, phone, id, secondId },
    values: () => browser.find('choice').options.map(({ value }) => value),
    kinds: async () =>
      (await scene.factors.authenticators.list(db, user.id)).map(({ kind }) => kind),
  }
}

onEachEngine((engine) => {
  test(`a user with two phones removes the stolen one with a recovery code (${engine.name})`, async (t) => {
    const scene = await setUp((await engine.open(t)).db)
    const { browser, id } = scene
    await browser.submit('trouble')
    await browser.submit('lost')
    assert.ok(scene.values().includes(`thing:${id}`))
    await browser.submit(`thing:${id}`)
    await browser.submit('recovery')
    await browser.submit('confirm', { code })
    assert.equal(browser.step(), 'authenticator/enrol')
    assert.deepEqual(await scene.kinds(), ['push'])
  })

  test(`a phone that was reported stolen is no longer offered, even on the page of the other phone (${engine.name})`, async (t) => {
    const scene = await setUp((await engine.open(t)).db)
    const { browser, id, secondId } = scene
    assert.ok(scene.values().includes(`authenticator:${id}`))
    await browser.submit('trouble')
    await browser.submit('lost')
    await browser.submit(`thing:${id}`)
    scene.pass(seconds(30))
    await browser.submit(`push:${secondId}`)
    assert.equal(browser.step(), 'push/confirm')
    assert.deepEqual(
      scene.values().filter((value) => value.startsWith('authenticator')),
      [],
    )
  })

  test(`after a phone of a lower level, the page says so and leads to the code that removes the stolen phone (${engine.name})`, async (t) => {
    const scene = await setUp((await engine.open(t)).db)
    const { browser, id, secondId, db } = scene
    await browser.submit('trouble')
    await browser.submit('lost')
    await browser.submit(`thing:${id}`)
    await browser.submit(`push:${secondId}`)
    const asked = db.selectFrom('push_challenges').select('message_id')
    const { message_id } = await asked.where('status', '=', 'waiting').executeTakeFirstOrThrow()
    await scene.factors.push.challenges.answer(
      db,
      { messageId: message_id, purpose: 'login' },
      {
        answer: 'approved',
        answerHash: 'hash',
      },
    )
    await browser.look()
    assert.equal(browser.title(), 'missing.too_weak.lost')
    assert.deepEqual(scene.values(), ['recovery', 'next'])
    assert.ok(browser.find('desk').reference.length > 0)
    await browser.submit('recovery')
    await browser.submit('confirm', { code })
    assert.equal(browser.step(), 'authenticator/enrol')
    assert.deepEqual(await scene.kinds(), ['push'])
  })
})
