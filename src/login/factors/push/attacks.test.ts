/** Attacks on the approval by phone, each with its number in the catalogue. Others are tested beside the attacked code. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signJwt } from '#forgerock-push'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  signApproval,
  signDenial,
  signRegistration,
} from '../../../dev/test-support/push-scene.ts'
import { beginLogin, createWalk, listNotices } from '../../../dev/test-support/push-walk.ts'
import { createStepContext } from '../../../dev/test-support/scene.ts'
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { failureLimit } from '../lockout.ts'
import { deviceEntry, registrationEntry } from './data.ts'

onEachEngine((engine) => {
  test(`A1: fifty logins in ten minutes, on two nodes and over a restart, send three messages; a day sends ten (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const first = createPushScene(one.db)
    const device = await first.addDevice(await first.addUser())
    const nodes = [first, createPushScene(two.db, first.clock)]
    const sentBy = () => nodes.reduce((sum, node) => sum + node.sent.length, 0)
    const begin = first.clock.time
    const tryOnce = async (n: number) => {
      const node = nodes[n % nodes.length] ?? first
      await createWalk(node, node.confirm, device.userId).visit()
    }
    for (let n = 0; n < 50; n += 1) {
      // In the middle one node restarts and forgets everything in its memory.
      if (n === 25) nodes.push(createPushScene(two.db, first.clock))
      first.clock.time = begin + n * seconds(12)
      await tryOnce(n)
      const waiting = await one.db
        .selectFrom('push_challenges')
        .select('message_id')
        .where('status', '=', 'waiting')
        .execute()
      assert.equal(waiting.length, 1)
    }
    assert.equal(sentBy(), 3)
    for (let n = 0; n < 40; n += 1) {
      first.clock.time += minutes(11)
      await tryOnce(n)
    }
    assert.equal(sentBy(), 10)
    first.clock.time = begin + hours(24)
    await tryOnce(0)
    assert.equal(sentBy(), 11)
  })

  test(`A1: of many simultaneous logins on two nodes only one sends a message (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const first = createPushScene(one.db)
    const second = createPushScene(two.db, first.clock)
    const device = await first.addDevice(await first.addUser())
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => {
        const node = n % 2 === 0 ? first : second
        return createWalk(node, node.confirm, device.userId).visit()
      }),
    )
    assert.equal(first.sent.length + second.sent.length, 1)
  })

  test(`A1: after a denial its journey sends no more messages, and the denial uses up the budget of the next one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    await scene.requests.authenticate(signDenial(await walk.challenge(), device))
    for (let n = 0; n < 5; n += 1) {
      scene.clock.time += minutes(11)
      await walk.visit('resend')
      await walk.visit('retry')
    }
    assert.equal(scene.sent.length, 1)

    for (let n = 0; n < 3; n += 1) {
      scene.clock.time += seconds(20)
      const next = createWalk(scene, scene.confirm, device.userId)
      await next.visit()
      await scene.requests.authenticate(signDenial(await next.challenge(), device))
    }
    scene.clock.time += seconds(20)
    await createWalk(scene, scene.confirm, device.userId).visit()
    assert.equal(scene.sent.length, 4)
  })

  test(`A1: a report that arrives just before a message is written prevents the message (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { userId } = await scene.addDevice(await scene.addUser())
    const { change } = await scene.confirm.run(createStepContext(scene, userId))
    await scene.users.blockPush(db, userId, scene.clock.now() + minutes(10))
    assert.equal(await transact(db, async (tx) => await change?.write?.(tx)), false)
    assert.deepEqual(await db.selectFrom('push_challenges').select('message_id').execute(), [])
  })

  test(`A3: of a simultaneous approval and denial exactly one is recorded (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = createPushScene(one.db)
    const other = createPushScene(two.db, scene.clock)
    const device = await scene.addDevice(await scene.addUser())
    for (let n = 0; n < 10; n += 1) {
      const challenge = await scene.challenge(device)
      const replies = await Promise.all([
        scene.requests.authenticate(signApproval(challenge, device)),
        other.requests.authenticate(signDenial(challenge, device)),
      ])
      assert.deepEqual(replies.map(({ type }) => type).sort(), ['ok', 'refused'])
      const { status } = await scene.challengeNow(challenge.messageId)
      assert.equal(status, replies[0]?.type === 'ok' ? 'approved' : 'denied')
    }
    assert.equal((await scene.listAudit('push_answered')).length, 10)
  })

  test(`A20: an approval is refused when push is locked before it is written (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    await scene.requests.authenticate(signApproval(await walk.challenge(), device))
    const { userId } = device
    const right = await scene.confirm.run(createStepContext(scene, userId, { data: walk.data }))
    assert.equal(right.type === 'done' && right.outcome, 'confirmed')
    const off = { failures: failureLimit, last_failure_at: 1, off_at: 1 }
    await db
      .insertInto('factor_failures')
      .values({ user_id: userId, kind: 'push', ...off })
      .execute()
    assert.equal(await scene.write(right), false)
  })

  test(`A4: a spent approval cannot be used again, even after a restart (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = createPushScene(one.db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    const challenge = await walk.challenge()
    const before = { ...walk.data }
    const body = signApproval(challenge, device)
    await scene.requests.authenticate(body)
    await walk.visit()
    const restarted = createPushScene(two.db, scene.clock)
    await restarted.requests.authenticate(body)
    const again = createWalk(restarted, restarted.confirm, device.userId, before)
    assert.notEqual((await again.visit()).type, 'done')
    const moved = JSON.stringify({
      ...JSON.parse(body),
      messageId: challenge.messageId.slice(0, -1),
    })
    assert.equal((await restarted.requests.authenticate(moved)).type, 'refused')
  })

  test(`A5: an answer with a guessed id is refused and changes nothing (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const challenge = await scene.challenge(device)
    for (let n = 0; n < 200; n += 1) {
      const messageId = `AUTHENTICATE:${systemRandom.uuid()}${scene.clock.now()}`
      const reply = await scene.requests.authenticate(
        signApproval({ ...challenge, messageId }, device),
      )
      assert.deepEqual(reply, { type: 'refused', reason: 'unknown_message' })
    }
    assert.equal((await scene.challengeNow(challenge.messageId)).status, 'waiting')
    assert.deepEqual(await scene.listAudit('push_answered'), [])
  })

  test(`A6: a second phone is refused, and the user is informed on the page and by mail (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const code = await scene.openCode(userId)
    await scene.requests.register(signRegistration(code, createPhone()))
    const reply = await scene.requests.register(signRegistration(code, createPhone()))
    assert.equal(reply.type, 'refused')
    const data = registrationEntry.write(code.messageId)
    const register = createWalk(scene, scene.register, userId, data)
    await register.visit()
    const tested = createWalk(scene, scene.test, userId, register.data)
    await tested.visit()
    assert.deepEqual(listNotices(await tested.visit()), ['push.enrol.second_phone.text'])
    assert.deepEqual(
      scene.noticed.map(({ kind }) => kind),
      ['second_phone_refused'],
    )
  })

  test(`A8: other algorithms and parameters of the token are refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const challenge = await scene.challenge(device)
    const { messageId, jwt } = JSON.parse(signApproval(challenge, device))
    const [, payload = ''] = jwt.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const signature = signJwt(claims, device.secret()).split('.')[2]
    for (const header of [
      { typ: 'JWT', alg: 'none' },
      { typ: 'JWT', alg: 'HS512' },
      { typ: 'JWT', alg: 'RS256' },
      { typ: 'JWT', alg: 'HS256', crit: ['exp'] },
    ]) {
      const head = Buffer.from(JSON.stringify(header)).toString('base64url')
      for (const end of [signature, '']) {
        const body = JSON.stringify({ messageId, jwt: `${head}.${payload}.${end}` })
        assert.equal((await scene.requests.authenticate(body)).type, 'refused')
      }
    }
    assert.equal((await scene.challengeNow(messageId)).status, 'waiting')
  })

  test(`A10: when two new phones are verified at once, only one is enrolled (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const testOne = async () => {
      const device = await scene.addDevice(userId, { pending: true })
      const walk = createWalk(scene, scene.test, userId, deviceEntry.write(device.id))
      await walk.visit()
      await scene.requests.authenticate(signApproval(await walk.challenge(), device))
      return await scene.test.run(createStepContext(scene, userId, { data: walk.data }))
    }
    const [one, two] = [await testOne(), await testOne()]
    assert.deepEqual([one.type, two.type], ['done', 'done'])
    assert.deepEqual([await scene.write(one), await scene.write(two)], [true, false])
    assert.equal((await scene.devices.listActive(db, userId)).length, 1)
  })

  test(`A11: no rule switches the number off for an app that can show it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    for (const allowsPlain of [false, true]) {
      for (const mayEnrolAnew of [false, true]) {
        const scene = createPushScene(db)
        Object.assign(scene.rules, { allowsPlain, mayEnrolAnew })
        const { walk } = await beginLogin(scene, `user-${allowsPlain}-${mayEnrolAnew}`)
        await walk.visit()
        assert.equal((await walk.challenge()).type, 'challenge')
      }
    }
  })

  test(`A13: an answer after the page was cancelled is refused and approves no login (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, walk } = await beginLogin(scene)
    await walk.visit()
    const challenge = await walk.challenge()
    await walk.visit('cancel')
    assert.equal(
      (await scene.requests.authenticate(signApproval(challenge, device))).type,
      'refused',
    )
    assert.equal((await scene.challengeNow(challenge.messageId)).consumedAt, null)
  })
})
