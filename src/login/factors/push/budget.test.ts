/** Whose requests are counted against whom: what did not arrive, what was approved, and who asked. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPushScene,
  type PushScene,
  signApproval,
  signDenial,
  signWrongNumber,
} from '../../../dev/test-support/push-scene.ts'
import { beginLogin, createWalk, listNotices } from '../../../dev/test-support/push-walk.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import { clearRequestsOf } from '../approval/clear.ts'
import type { SendResult } from '../approval/sending/sender.ts'
import { challengeEntry } from './data.ts'
import type { PushDevice } from './devices.ts'

const refused: SendResult = { type: 'failed', reason: 'x', retryable: false, isRefused: true }
const unsure: SendResult = { type: 'failed', reason: 'timeout', retryable: true }
const gone: SendResult = { type: 'gone', reason: 'UNREGISTERED' }

const owner = 'browser:of-the-owner'
const thief = 'network:of-the-thief'

type Answer = typeof signDenial

/** Logins of one user, each of them a journey of its own. */
function createLogins(scene: PushScene, device: PushDevice) {
  let count = 0
  /** @param goesOn the browser is still there when the phone has answered */
  return async (by: string, answer?: Answer, goesOn = true) => {
    count += 1
    scene.clock.time += seconds(21)
    scene.rules.budgetKey = by
    const walk = createWalk(scene, scene.confirm, device.userId)
    walk.journeyHash = `journey ${count}`
    const page = await walk.visit()
    if (answer === undefined || challengeEntry.read(walk.data) === undefined) return page
    await scene.requests.authenticate(answer(await walk.challenge(), device))
    if (!goesOn) return page
    const next = await walk.visit()
    // As at the end of a login, see journeys/finish.ts.
    if (next.type === 'done' && next.outcome === 'confirmed') {
      const ended = { userId: device.userId, journeyHash: walk.journeyHash }
      await clearRequestsOf(scene.db, { ...ended, now: scene.clock.now() })
    }
    return next
  }
}

const isHeldBack = (page: Awaited<ReturnType<ReturnType<typeof createLogins>>>) =>
  page.type === 'ask' && listNotices(page).includes('approval.limit.text')

onEachEngine((engine) => {
  const on = (
    name: string,
    run: (of: {
      scene: PushScene
      device: PushDevice
      login: ReturnType<typeof createLogins>
    }) => Promise<void>,
  ) =>
    test(`${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createPushScene(db)
      const { device } = await beginLogin(scene)
      await run({ scene, device, login: createLogins(scene, device) })
    })

  on('messages that were certainly refused do not use up the budget', async ({ scene, login }) => {
    scene.outcome.result = refused
    for (let n = 0; n < 6; n += 1) await login(owner)
    scene.outcome.result = { type: 'sent' }
    for (let n = 0; n < 3; n += 1) await login(owner)
    assert.equal(scene.sent.length, 9)
    assert.ok(isHeldBack(await login(owner)))
  })

  on('a message after a refused one needs no pause', async ({ scene, device }) => {
    scene.outcome.result = refused
    const walk = createWalk(scene, scene.confirm, device.userId)
    for (const action of [undefined, 'resend', 'resend']) await walk.visit(action)
    scene.outcome.result = { type: 'sent' }
    await walk.visit('resend')
    assert.equal(scene.sent.length, 4)
  })

  on(
    'A1: messages that may have arrived are counted, and failures never allow more messages',
    async ({ scene, login }) => {
      const arrived = () => scene.sent.length
      scene.outcome.result = unsure
      for (let n = 0; n < 10; n += 1) await login(thief)
      assert.equal(arrived(), 3)
      scene.clock.time += minutes(10)
      // A thief who waits for an outage gains no more than without one.
      scene.outcome.result = refused
      for (let n = 0; n < 10; n += 1) await login(thief)
      scene.outcome.result = { type: 'sent' }
      const before = arrived()
      for (let n = 0; n < 10; n += 1) await login(thief)
      assert.equal(arrived() - before, 3)
    },
  )

  on(
    'A1: a provider that refuses everything is asked twenty times in ten minutes',
    async ({ scene, login }) => {
      scene.outcome.result = refused
      for (let n = 0; n < 25; n += 1) await login(thief)
      assert.equal(scene.sent.length, 20)
      assert.ok(isHeldBack(await login(thief)))
      scene.clock.time += minutes(10)
      await login(thief)
      assert.equal(scene.sent.length, 21)
    },
  )

  on('a message to a dead address does not use up the budget', async ({ scene, device, login }) => {
    scene.outcome.result = gone
    await login(owner)
    scene.outcome.result = { type: 'sent' }
    const second = await scene.addDevice(device.userId)
    for (let n = 0; n < 3; n += 1) await login(owner)
    assert.deepEqual(
      scene.sent.slice(1).map(({ token }) => token),
      [second.token, second.token, second.token],
    )
  })

  on('an approval clears the earlier requests of the same browser', async ({ scene, login }) => {
    await login(owner)
    await login(owner, signDenial)
    const done = await login(owner, signApproval)
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    for (const answer of [undefined, signDenial, signWrongNumber]) await login(owner, answer)
    assert.equal(scene.sent.length, 6)
    assert.ok(isHeldBack(await login(owner)), 'three that were not approved still are the limit')
    // An approval on the phone that no login goes on with clears nothing.
    scene.clock.time += minutes(10)
    for (const answer of [signDenial, signDenial, signApproval, signDenial]) {
      await login(owner, answer, false)
    }
    assert.equal(scene.sent.length, 10)
    assert.ok(isHeldBack(await login(owner)))
  })

  on(
    'in a new browser an approval clears the requests of its own login',
    async ({ scene, device }) => {
      scene.rules.budgetKey = thief
      const walk = createWalk(scene, scene.confirm, device.userId)
      await walk.visit()
      for (const pause of [1, 20]) {
        scene.clock.time += seconds(pause)
        await walk.visit('resend')
      }
      await scene.requests.authenticate(signApproval(await walk.challenge(), device))
      const done = await walk.visit()
      assert.equal(done.type === 'done' && done.outcome, 'confirmed')
      scene.clock.time += seconds(1)
      const next = createWalk(scene, scene.confirm, device.userId)
      next.journeyHash = 'next'
      await next.visit()
      assert.equal(scene.sent.length, 4)
    },
  )

  on(
    'a login that ended with another factor clears only the requests of its known browser',
    async ({ scene, device, login }) => {
      for (const by of [thief, thief, thief, owner, owner, owner]) await login(by)
      assert.ok(isHeldBack(await login(owner)))
      const now = scene.clock.now()
      const { userId } = device
      await clearRequestsOf(scene.db, { userId, journeyHash: 'journey 6', now })
      assert.ok(isHeldBack(await login(thief)))
      const done = await login(owner, signApproval)
      assert.equal(done.type === 'done' && done.outcome, 'confirmed')
      await clearRequestsOf(scene.db, { userId, journeyHash: 'journey 1', now })
      const sent = scene.sent.length
      for (let n = 0; n < 2; n += 1) await login(thief)
      assert.equal(scene.sent.length, sent + 1, 'a new browser clears its own login alone')
    },
  )

  on(
    'A1: approvals of the owner give a password thief no more than three requests in ten minutes and ten in a day',
    async ({ scene, login }) => {
      let stolen = 0
      const steal = async () => {
        const before = scene.sent.length
        await login(thief)
        stolen += scene.sent.length - before
      }
      for (let n = 0; n < 8; n += 1) {
        const done = await login(owner, signApproval)
        assert.equal(done.type === 'done' && done.outcome, 'confirmed')
        await steal()
      }
      assert.equal(stolen, 3)
      for (let n = 0; n < 40; n += 1) {
        scene.clock.time += minutes(15)
        await login(owner, signApproval)
        await steal()
      }
      assert.equal(stolen, 10)
    },
  )

  on(
    'A1: approvals in a new browser in the same network give a thief no more than three requests',
    async ({ scene, login }) => {
      let stolen = 0
      for (let n = 0; n < 6; n += 1) {
        await login(thief, signApproval)
        const before = scene.sent.length
        await login(thief)
        stolen += scene.sent.length - before
      }
      assert.equal(stolen, 3)
    },
  )

  on(
    'A47: a thief who has used up the budget does not hold back the owner in a known browser',
    async ({ scene, login }) => {
      for (let n = 0; n < 5; n += 1) await login(thief, signDenial)
      assert.ok(isHeldBack(await login(thief)))
      const done = await login(owner, signApproval)
      assert.equal(done.type === 'done' && done.outcome, 'confirmed')
      for (let n = 0; n < 12; n += 1) {
        scene.clock.time += minutes(11)
        await login(thief)
      }
      assert.ok(isHeldBack(await login(thief)), 'the day is used up')
      const later = await login(owner, signApproval)
      assert.equal(later.type === 'done' && later.outcome, 'confirmed')
      assert.ok(isHeldBack(await login(thief)), 'and stays so for the thief')
    },
  )

  on(
    'A47: logins of a thief do not supersede the request that the owner is about to answer',
    async ({ scene, device, login }) => {
      scene.rules.budgetKey = owner
      const own = createWalk(scene, scene.confirm, device.userId)
      await own.visit()
      for (let n = 0; n < 4; n += 1) {
        const page = await login(thief)
        assert.deepEqual(listNotices(page), ['approval.busy.text'])
      }
      assert.equal(scene.sent.length, 1)
      await scene.requests.authenticate(signApproval(await own.challenge(), device))
      const done = await own.visit()
      assert.equal(done.type === 'done' && done.outcome, 'confirmed')
      await login(thief)
      assert.equal(scene.sent.length, 2, 'afterwards the thief may ask within the budget')
      const next = await login(owner, signApproval)
      assert.equal(next.type === 'done' && next.outcome, 'confirmed', 'and the owner comes first')
    },
  )

  on(
    'A47: simultaneous logins of a thief do not supersede the request of the owner',
    async ({ scene, device }) => {
      const own = createWalk(scene, scene.confirm, device.userId)
      own.journeyHash = 'own'
      const theirs = Array.from({ length: 3 }, (_, n) => {
        const walk = createWalk(scene, scene.confirm, device.userId)
        walk.journeyHash = `theirs ${n}`
        return walk
      })
      scene.rules.budgetKey = thief
      scene.rules.budgetKeys.set(own.journeyHash, owner)
      // The thief may be first as well: the owner's login then takes the place of theirs.
      const all = theirs.toSpliced(1, 0, own)
      await Promise.all(all.map((walk) => walk.visit(undefined, { settle: false })))
      await scene.delivery.settle()
      const waiting = await scene.db
        .selectFrom('push_challenges')
        .select('journey_hash')
        .where('status', '=', 'waiting')
        .execute()
      assert.deepEqual(waiting, [{ journey_hash: 'own' }])
    },
  )

  on('A1: many browsers of one user share a budget', async ({ scene, login }) => {
    for (let n = 0; n < 6; n += 1) await login(`browser:${n}`)
    assert.equal(scene.sent.length, 3)
    // Each approval clears for its own browser only.
    scene.clock.time += minutes(10)
    let stolen = 0
    for (let n = 0; n < 6; n += 1) {
      const before = scene.sent.length
      await login('browser:of-a-thief')
      stolen += scene.sent.length - before
      await login(owner, signApproval)
    }
    assert.equal(stolen, 3)
  })

  on('A1: an approval of another user does not clear the budget', async ({ scene, login }) => {
    const other = await beginLogin(scene, 'max')
    for (let n = 0; n < 3; n += 1) await login(owner)
    scene.rules.budgetKey = owner
    other.walk.journeyHash = 'journey 1'
    await other.walk.visit()
    await scene.requests.authenticate(signApproval(await other.walk.challenge(), other.device))
    const done = await other.walk.visit()
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    assert.ok(isHeldBack(await login(owner)))
  })
})
