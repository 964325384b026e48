import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signJwt } from '#forgerock-push'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  type PushScene,
  signAnswer,
  signApproval,
  signDenial,
  signRefresh,
  signRegistration,
  signWrongNumber,
} from '../../../dev/test-support/push-scene.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import type { PhoneReply } from './phone-requests.ts'

const ok = { type: 'ok' }
const reasonOf = (reply: PhoneReply) => (reply.type === 'refused' ? reply.reason : 'accepted')

async function asked(scene: PushScene) {
  const device = await scene.addDevice(await scene.addUser())
  return { device, challenge: await scene.challenge(device) }
}

const listNotices = (scene: PushScene) => scene.noticed.map(({ kind }) => kind)

/** How often the page of the test journey was woken. */
function countWakes(scene: PushScene): { count: number } {
  const wakes = { count: 0 }
  scene.events.listen('journey:journey', () => {
    wakes.count += 1
  })
  return wakes
}

onEachEngine((engine) => {
  test(`an answer with the right number approves, is audited once and wakes the page (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, challenge } = await asked(scene)
    const wakes = countWakes(scene)
    assert.deepEqual(await scene.requests.authenticate(signApproval(challenge, device)), ok)
    assert.equal((await scene.challengeNow(challenge.messageId)).status, 'approved')
    assert.equal(wakes.count, 1)
    const { userId, id: deviceId } = device
    assert.deepEqual(await scene.listAudit('push_answered'), [
      { userId, deviceId, purpose: 'login', outcome: 'approved', askedAt: challenge.createdAt },
    ])
  })

  test(`A3: a later answer does not change the first answer and is not audited (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    for (const [first, second] of [
      [signApproval, signDenial],
      [signDenial, signApproval],
      [signWrongNumber, signApproval],
      [signApproval, signWrongNumber],
    ] as const) {
      const challenge = await scene.challenge(device)
      await scene.requests.authenticate(first(challenge, device))
      const { status } = await scene.challengeNow(challenge.messageId)
      const reply = await scene.requests.authenticate(second(challenge, device))
      assert.equal(reasonOf(reply), `challenge_${status}`)
      assert.equal((await scene.challengeNow(challenge.messageId)).status, status)
    }
    assert.equal((await scene.listAudit('push_answered')).length, 4)
  })

  test(`an identical repeated answer gets the same reply and changes nothing (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    for (const answer of [signApproval, signDenial, signWrongNumber]) {
      const challenge = await scene.challenge(device)
      assert.deepEqual(await scene.requests.authenticate(answer(challenge, device)), ok)
      const before = await scene.challengeNow(challenge.messageId)
      scene.clock.time += seconds(1)
      assert.deepEqual(await scene.requests.authenticate(answer(challenge, device)), ok)
      assert.deepEqual({ ...(await scene.challengeNow(challenge.messageId)) }, { ...before })
    }
    assert.equal((await scene.listAudit('push_answered')).length, 3)
  })

  test(`A4: a repeated answer after the lifetime of its challenge is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, challenge } = await asked(scene)
    const body = signApproval(challenge, device)
    await scene.requests.authenticate(body)
    scene.clock.time = challenge.expiresAt + seconds(10)
    assert.equal(reasonOf(await scene.requests.authenticate(body)), 'challenge_approved')
  })

  test(`A8: an approval without a number, or with another number, is recorded as a wrong number (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const without = await scene.challenge(device)
    const blind = signAnswer(without, device, { type: 'approve' })
    assert.deepEqual(await scene.requests.authenticate(blind), ok)
    assert.equal((await scene.challengeNow(without.messageId)).status, 'wrong_number')
    const other = await scene.challenge(device)
    assert.deepEqual(await scene.requests.authenticate(signWrongNumber(other, device)), ok)
    assert.equal((await scene.challengeNow(other.messageId)).status, 'wrong_number')
    const outcomes = (await scene.listAudit('push_answered')).map(({ outcome }) => outcome)
    assert.deepEqual(outcomes, ['wrong_number', 'wrong_number'])
    assert.deepEqual(listNotices(scene), ['push_wrong_number', 'push_wrong_number'])
  })

  test(`A13: an answer after the grace period is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, challenge } = await asked(scene)
    scene.clock.time = challenge.expiresAt + seconds(10)
    const reply = await scene.requests.authenticate(signApproval(challenge, device))
    assert.equal(reasonOf(reply), 'challenge_waiting')
    assert.equal((await scene.challengeNow(challenge.messageId)).status, 'waiting')
    assert.deepEqual(await scene.listAudit('push_answered'), [])
  })

  test(`A1: an answer to a superseded challenge is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, challenge } = await asked(scene)
    await scene.challenge(device)
    const reply = await scene.requests.authenticate(signApproval(challenge, device))
    assert.equal(reasonOf(reply), 'challenge_superseded')
  })

  test(`a denial of a superseded or expired login is recorded once, with its notice (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, challenge } = await asked(scene)
    const newer = await scene.challenge(device)
    const body = signAnswer(challenge, device, { type: 'deny', challenge: true })
    assert.deepEqual(await scene.requests.authenticate(body), ok)
    assert.deepEqual(await scene.requests.authenticate(body), ok)
    assert.equal((await scene.challengeNow(challenge.messageId)).status, 'denied')
    assert.equal((await scene.challengeNow(newer.messageId)).status, 'waiting')
    assert.equal(
      reasonOf(await scene.requests.authenticate(signApproval(challenge, device))),
      'challenge_denied',
    )
    scene.clock.time = newer.expiresAt + minutes(5)
    const late = signAnswer(newer, device, { type: 'deny', challenge: true })
    assert.deepEqual(await scene.requests.authenticate(late), ok)
    assert.equal((await scene.challengeNow(newer.messageId)).status, 'denied')
    const outcomes = (await scene.listAudit('push_answered')).map(({ outcome }) => outcome)
    assert.deepEqual(outcomes, ['denied', 'denied'])
    assert.deepEqual(listNotices(scene), ['push_denied', 'push_denied'])
  })

  test(`a denial of a superseded test changes nothing (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const test = await scene.challenge(device, { purpose: 'test' })
    await scene.challenge(device)
    const reply = await scene.requests.authenticate(
      signAnswer(test, device, { type: 'deny', challenge: true }),
    )
    assert.equal(reasonOf(reply), 'challenge_superseded')
    assert.deepEqual(await scene.listAudit('push_answered'), [])
  })

  test(`A7: an answer signed with another device's secret is refused, even for the same user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, challenge } = await asked(scene)
    for (const other of [
      await scene.addDevice(device.userId),
      await scene.addDevice(await scene.addUser('max')),
    ]) {
      const reply = await scene.requests.authenticate(signApproval(challenge, other))
      assert.equal(reasonOf(reply), 'bad_signature')
    }
    assert.equal((await scene.challengeNow(challenge.messageId)).status, 'waiting')
  })

  test(`A4: an answer that was signed for another challenge, message or action is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, challenge } = await asked(scene)
    const { authenticate } = scene.requests
    const foreign = { ...challenge, challenge: Buffer.alloc(32, 1).toString('base64') }
    assert.equal(reasonOf(await authenticate(signApproval(foreign, device))), 'wrong_response')
    const unknown = challenge.messageId.replace(/:......../, ':00000000')
    const misdirected = signApproval({ ...challenge, messageId: unknown }, device)
    assert.equal(reasonOf(await authenticate(misdirected)), 'unknown_message')
    const wrongType = challenge.messageId.replace('AUTHENTICATE', 'REGISTER')
    const mistyped = signApproval({ ...challenge, messageId: wrongType }, device)
    assert.equal(reasonOf(await authenticate(mistyped)), 'wrong_message_type')
    const { jwt } = JSON.parse(signApproval(challenge, device))
    const forged = JSON.stringify({ messageId: challenge.messageId, jwt: `${jwt.slice(0, -2)}AA` })
    assert.equal(reasonOf(await authenticate(forged)), 'bad_signature')
    assert.equal((await scene.challengeNow(challenge.messageId)).status, 'waiting')
  })

  test(`A8: an answer with a deny member is a denial for every value of it and with every number (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const signBlind: typeof signApproval = (challenge) =>
      signAnswer(challenge, device, { type: 'approve' })
    const signers = [signApproval, signWrongNumber, signBlind]
    const values = [true, false, 'false', 0, null]
    for (const [sign, deny] of signers.flatMap((sign) =>
      values.map((deny) => [sign, deny] as const),
    )) {
      const challenge = await scene.challenge(device)
      const { messageId, jwt } = JSON.parse(sign(challenge, device))
      const claims = JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString())
      const body = JSON.stringify({
        messageId,
        jwt: signJwt({ ...claims, deny }, device.secret()),
      })
      assert.deepEqual(await scene.requests.authenticate(body), ok)
      assert.equal((await scene.challengeNow(challenge.messageId)).status, 'denied')
    }
    assert.deepEqual(listNotices(scene), Array(15).fill('push_denied'))
    assert.equal(scene.noticed[0]?.facts.userId, device.userId)
  })

  test(`A12: a removed phone's answer is refused at once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { device, challenge } = await asked(scene)
    await db.updateTable('push_devices').set({ status: 'removed' }).execute()
    const reply = await scene.requests.authenticate(signApproval(challenge, device))
    assert.equal(reasonOf(reply), 'unknown_message')
  })

  test(`A3: of 60 simultaneous answers on two nodes, exactly one is recorded (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = createPushScene(one.db)
    const other = createPushScene(two.db, scene.clock)
    const { device, challenge } = await asked(scene)
    const bodies = [signApproval, signDenial, signWrongNumber].map((sign) =>
      sign(challenge, device),
    )
    const replies = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const body = bodies[n % 3] ?? ''
        return { body, reply: await (n % 2 === 0 ? scene : other).requests.authenticate(body) }
      }),
    )
    const accepted = new Set(
      replies.filter(({ reply }) => reply.type === 'ok').map(({ body }) => body),
    )
    assert.equal(accepted.size, 1)
    assert.equal((await scene.listAudit('push_answered')).length, 1)
  })

  test(`a phone that scans a code is enrolled as pending, and the page is woken (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const code = await scene.openCode(userId)
    const wakes = countWakes(scene)
    const phone = createPhone()
    assert.deepEqual(await scene.requests.register(signRegistration(code, phone)), ok)
    const device = await scene.devices.findByMechanism(db, phone.mechanismUid)
    assert.deepEqual([device?.userId, device?.status], [userId, 'pending'])
    assert.deepEqual(device?.secret(), code.secret())
    assert.equal((await scene.devices.listActive(db, userId)).length, 0)
    assert.equal(wakes.count, 1)
    assert.deepEqual(await scene.listAudit('push_device_registered'), [
      { userId, deviceId: device?.id, name: 'Pixel 9' },
    ])
  })

  test(`a repeated registration gets the same reply and creates one device (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const code = await scene.openCode(await scene.addUser())
    const phone = createPhone()
    assert.deepEqual(await scene.requests.register(signRegistration(code, phone)), ok)
    const renamed = signRegistration(code, { ...phone, deviceName: 'Other name' })
    assert.deepEqual(await scene.requests.register(renamed), ok)
    assert.equal((await db.selectFrom('push_devices').select('id').execute()).length, 1)
    assert.equal((await scene.listAudit('push_device_registered')).length, 1)
    assert.deepEqual(await scene.listAudit('push_second_phone_refused'), [])
  })

  test(`A6: a second phone is refused and audited, the user is notified, and the page is woken (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const code = await scene.openCode(userId)
    await scene.requests.register(signRegistration(code, createPhone()))
    const wakes = countWakes(scene)
    const reply = await scene.requests.register(signRegistration(code, createPhone()))
    assert.equal(reasonOf(reply), 'second_phone')
    const now = await scene.registrations.find(db, code.messageId)
    assert.equal(now?.secondAnswerAt, scene.clock.now())
    assert.equal(wakes.count, 1)
    assert.deepEqual(await scene.listAudit('push_second_phone_refused'), [{ userId }])
    assert.equal((await db.selectFrom('push_devices').select('id').execute()).length, 1)
    await scene.requests.register(signRegistration(code, createPhone()))
    assert.deepEqual(listNotices(scene), ['second_phone_refused'])
    assert.deepEqual(await scene.listAudit('push_second_phone_refused'), [{ userId }])
  })

  test(`A6: of 30 phones that register with one code at once on two nodes, exactly one succeeds (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = createPushScene(one.db)
    const other = createPushScene(two.db, scene.clock)
    const code = await scene.openCode(await scene.addUser())
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        (n % 2 === 0 ? scene : other).requests.register(signRegistration(code, createPhone())),
      ),
    )
    assert.equal(replies.filter(({ type }) => type === 'ok').length, 1)
    assert.equal((await one.db.selectFrom('push_devices').select('id').execute()).length, 1)
  })

  test(`A6: a code that is closed or too old enrols no phone and sends no notice (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const closed = await scene.openCode(userId)
    await scene.registrations.close(db, closed.messageId)
    const old = await scene.openCode(userId)
    scene.clock.time += minutes(5)
    for (const code of [closed, old]) {
      const reply = await scene.requests.register(signRegistration(code, createPhone()))
      assert.equal(reasonOf(reply), 'registration_over')
    }
    assert.deepEqual(await db.selectFrom('push_devices').select('id').execute(), [])
    assert.deepEqual(scene.noticed, [])
  })

  test(`a registration with a forged signature or another code's challenge is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const [code, other] = [await scene.openCode(userId, 'a'), await scene.openCode(userId, 'b')]
    const { register } = scene.requests
    const phone = createPhone()
    const forged = signRegistration({ ...code, secret: other.secret }, phone)
    assert.equal(reasonOf(await register(forged)), 'bad_signature')
    const wrong = signRegistration({ ...code, challenge: other.challenge }, phone)
    assert.equal(reasonOf(await register(wrong)), 'wrong_response')
    const mistyped = signRegistration(
      { ...code, messageId: code.messageId.replace('REGISTER', 'AUTHENTICATE') },
      phone,
    )
    assert.equal(reasonOf(await register(mistyped)), 'wrong_message_type')
    assert.equal((await scene.registrations.find(db, code.messageId))?.status, 'open')
  })

  test(`A7: a phone that registers with the mechanism id of another user's phone is refused (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const erika = await scene.addDevice(await scene.addUser('erika'))
    const code = await scene.openCode(await scene.addUser('max'))
    const phone = createPhone({ mechanismUid: erika.mechanismUid })
    const reply = await scene.requests.register(signRegistration(code, phone))
    assert.equal(reply.type, 'refused')
    const found = await scene.devices.findByMechanism(db, erika.mechanismUid)
    assert.deepEqual([found?.userId, found?.token], [erika.userId, erika.token])
  })

  test(`A34: an http address that is not allowed is refused at registration and at a refresh (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId)
    for (const deviceId of ['http://169.254.169.254/', 'HTTPS://intranet.test/x']) {
      const code = await scene.openCode(userId)
      const body = signRegistration(code, createPhone({ deviceId }))
      assert.equal(reasonOf(await scene.requests.register(body)), 'address_not_allowed')
      assert.equal((await scene.registrations.find(db, code.messageId))?.status, 'open')
      const refresh = await scene.requests.refresh(signRefresh(device, deviceId))
      assert.equal(reasonOf(refresh), 'address_not_allowed')
    }
    assert.equal((await scene.devices.find(db, device.id))?.token, device.token)
  })

  test(`A34: the server stores only a token or an address that a sender accepts (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const device = await scene.addDevice(userId)
    const junk = [
      'file:///etc/passwd',
      'file:x',
      'javascript:alert(1)',
      '{"endpoint":"x"}',

      '../x',
    ]
    for (const deviceId of junk) {
      const body = signRegistration(await scene.openCode(userId), createPhone({ deviceId }))
      assert.equal(reasonOf(await scene.requests.register(body)), 'address_not_allowed', deviceId)
      const refresh = await scene.requests.refresh(signRefresh(device, deviceId))
      assert.equal(reasonOf(refresh), 'address_not_allowed', deviceId)
    }
    assert.equal((await scene.devices.find(db, device.id))?.token, device.token)
    const firebase = `dXhJ3kQ2R0mEexample-id:APA91b${'x'.repeat(134)}`
    assert.deepEqual(await scene.requests.refresh(signRefresh(device, firebase)), ok)
  })

  test(`A12: a refresh changes the address of the phone that signed it and of no other phone (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const userId = await scene.addUser()
    const [device, other] = [await scene.addDevice(userId), await scene.addDevice(userId)]
    const address = 'http://phone.test/new'
    const forged = signRefresh(device, address, { secret: other.secret() })
    assert.equal(reasonOf(await scene.requests.refresh(forged)), 'bad_signature')
    // A refresh that changes nothing is accepted without an audit event, even if it is repeated or the owner renamed the phone.
    assert.equal(await scene.devices.rename(db, userId, device.id, 'Mine'), true)
    for (let n = 0; n < 3; n += 1) {
      assert.deepEqual(await scene.requests.refresh(signRefresh(device, address)), ok)
    }
    assert.equal((await scene.devices.find(db, device.id))?.token, address)
    assert.equal((await scene.devices.find(db, other.id))?.token, other.token)
    assert.deepEqual(await scene.listAudit('push_token_refreshed'), [
      { userId, deviceId: device.id },
    ])
  })

  test(`A12: a removed or unknown phone cannot refresh (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const body = signRefresh(device, 'http://phone.test/new')
    const unknown = signRefresh({ ...device, mechanismUid: 'unknown' }, 'http://phone.test/new')
    assert.equal(reasonOf(await scene.requests.refresh(unknown)), 'unknown_mechanism')
    await db.updateTable('push_devices').set({ status: 'removed' }).execute()
    assert.equal(reasonOf(await scene.requests.refresh(body)), 'unknown_mechanism')
  })

  test(`a refresh that changes the type of the phone is accepted and logged as a warning (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const body = signRefresh(device, 'http://phone.test/new', { deviceType: 'ios' })
    assert.deepEqual(await scene.requests.refresh(body), ok)
    assert.deepEqual(
      scene.entries.map(({ level }) => level),
      ['warn'],
    )
    assert.deepEqual(listNotices(scene), ['device_token_moved'])
  })
})
