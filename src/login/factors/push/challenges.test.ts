import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createPushScene, type PushScene } from '../../../dev/test-support/push-scene.ts'
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import { getChallengeState, type PushChallenge } from './challenges.ts'

const approved = { answer: 'approved', answerHash: 'a' } as const
const denied = { answer: 'denied', answerHash: 'd' } as const

async function waiting(scene: PushScene): Promise<PushChallenge> {
  return await scene.challenge(await scene.addDevice(await scene.addUser()))
}

onEachEngine((engine) => {
  test(`A3: the first answer to a challenge is final (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { challenges } = scene
    const device = await scene.addDevice(await scene.addUser())
    for (const [first, second] of [
      [approved, denied],
      [denied, approved],
      [approved, approved],
    ] as const) {
      const { messageId } = await scene.challenge(device)
      assert.equal(await challenges.answer(db, { messageId, purpose: 'login' }, first), true)
      assert.equal(await challenges.answer(db, { messageId, purpose: 'login' }, second), false)
      const now = await scene.challengeNow(messageId)
      assert.deepEqual([now.status, now.answerHash], [first.answer, first.answerHash])
    }
  })

  test(`A3: of many simultaneous answers on two nodes only one is recorded (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = createPushScene(one.db)
    const other = createPushScene(two.db, scene.clock)
    const { messageId } = await waiting(scene)
    const answers = Array.from({ length: 40 }, (_, n) => {
      const { challenges, db } = n % 2 === 0 ? scene : other
      return challenges.answer(db, { messageId, purpose: 'login' }, n % 3 === 0 ? approved : denied)
    })
    assert.equal((await Promise.all(answers)).filter((recorded) => recorded).length, 1)
  })

  test(`an answer is accepted until ten seconds after the challenge has expired (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const first = await waiting(scene)
    scene.clock.time = first.expiresAt + seconds(10) - 1
    assert.equal(await scene.challenges.answer(db, first, approved), true)

    const second = await scene.challenge(await scene.addDevice(first.userId))
    scene.clock.time = second.expiresAt + seconds(10)
    assert.equal(await scene.challenges.answer(db, second, approved), false)
  })

  test(`an approval is spent once, by its own journey (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { messageId } = await waiting(scene)
    assert.equal(await scene.challenges.consume(db, messageId, 'journey'), false)
    await scene.challenges.answer(db, { messageId, purpose: 'login' }, approved)
    assert.equal(await scene.challenges.consume(db, messageId, 'another journey'), false)
    assert.equal(await scene.challenges.consume(db, messageId, 'journey'), true)
    assert.equal(await scene.challenges.consume(db, messageId, 'journey'), false)
  })

  test(`a denial and a wrong number cannot be spent (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    for (const answer of ['denied', 'wrong_number'] as const) {
      const { messageId } = await scene.challenge(device)
      await scene.challenges.answer(
        db,
        { messageId, purpose: 'login' },
        { answer, answerHash: 'x' },
      )
      assert.equal(await scene.challenges.consume(db, messageId, 'journey'), false)
    }
  })

  test(`A1: a user has one waiting challenge; a new one supersedes the others (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const [erika, max] = [await scene.addUser('erika'), await scene.addUser('max')]
    const other = await scene.challenge(await scene.addDevice(max))
    const first = await scene.challenge(await scene.addDevice(erika), { journeyHash: 'first' })
    const second = await scene.challenge(await scene.addDevice(erika), { journeyHash: 'second' })
    const statuses = [first, second, other].map(({ messageId }) => scene.challengeNow(messageId))
    assert.deepEqual(
      (await Promise.all(statuses)).map(({ status }) => status),
      ['superseded', 'waiting', 'waiting'],
    )
    assert.equal(await scene.challenges.answer(db, first, approved), false)
  })

  test(`A1: of many simultaneous challenges on two nodes only one stays pending (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    const scene = createPushScene(one.db)
    const other = createPushScene(two.db, scene.clock)
    const device = await scene.addDevice(await scene.addUser())
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? scene : other).challenge(device)),
    )
    const { count } = await one.db
      .selectFrom('push_challenges')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('status', '=', 'waiting')
      .executeTakeFirstOrThrow()
    assert.equal(Number(count), 1)
  })

  test(`a new challenge names the journeys whose challenge it superseded (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    await scene.challenge(device, { journeyHash: 'first' })
    const { userId, id: deviceId } = device
    const drawn = scene.challenges.draw({
      journeyHash: 'second',
      userId,
      deviceId,
      purpose: 'login',
      type: 'challenge',
    })
    assert.deepEqual(await scene.challenges.add(db, drawn), ['first'])
  })

  test(`withdrawing the challenges of a phone affects only pending and unspent ones (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const device = await scene.addDevice(await scene.addUser())
    const ask = async (journeyHash: string, answer?: typeof approved | typeof denied) => {
      const { messageId } = await scene.challenge(device, { journeyHash })
      if (answer !== undefined)
        await scene.challenges.answer(db, { messageId, purpose: 'login' }, answer)
      return messageId
    }
    const ids = [
      await ask('denied', denied),
      await ask('spent', approved),
      await ask('approved', approved),
      await ask('waiting'),
    ]
    await scene.challenges.consume(db, `${ids[1]}`, 'spent')
    const withdrawn = await scene.challenges.withdrawAll(db, device.id)
    assert.deepEqual(withdrawn.sort(), ['approved', 'waiting'])
    const now = await Promise.all(ids.map((id) => scene.challengeNow(id)))
    assert.deepEqual(
      now.map(({ status }) => status),
      ['denied', 'approved', 'superseded', 'superseded'],
    )
  })

  test(`a withdrawn challenge cannot be answered, and an answered one cannot be withdrawn (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const first = await waiting(scene)
    await scene.challenges.withdraw(db, first.messageId)
    assert.equal(await scene.challenges.answer(db, first, approved), false)

    const second = await scene.challenge(await scene.addDevice(first.userId))
    await scene.challenges.answer(db, second, denied)
    await scene.challenges.withdraw(db, second.messageId)
    assert.equal((await scene.challengeNow(second.messageId)).status, 'denied')
  })

  test(`old challenges and codes are removed, newer ones stay (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const old = await waiting(scene)
    const oldCode = await scene.openCode(old.userId)
    scene.clock.time += hours(24) + minutes(3)
    const young = await scene.challenge(await scene.addDevice(old.userId))
    const youngCode = await scene.openCode(old.userId)
    scene.clock.time += minutes(4)
    await scene.challenges.purge(db)
    await scene.registrations.purge(db)
    assert.equal(await scene.challenges.find(db, old.messageId), undefined)
    assert.equal(await scene.registrations.find(db, oldCode.messageId), undefined)
    assert.notEqual(await scene.challenges.find(db, young.messageId), undefined)
    assert.notEqual(await scene.registrations.find(db, youngCode.messageId), undefined)
  })

  test(`A13: an approval that is not used expires after two minutes (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const { messageId } = await waiting(scene)
    await scene.challenges.answer(db, { messageId, purpose: 'login' }, approved)
    const challenge = await scene.challengeNow(messageId)
    const answeredAt = scene.clock.now()
    assert.equal(getChallengeState(challenge, answeredAt + minutes(2) - 1), 'approved')
    assert.equal(getChallengeState(challenge, answeredAt + minutes(2)), 'expired')
  })

  test(`A5: message ids have 122 random bits, and a challenge has three different numbers (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createPushScene(db)
    const challenge = await waiting(scene)
    assert.match(
      challenge.messageId,
      /^AUTHENTICATE:[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\d+$/,
    )
    const { numbers, right } = challenge.numbers
    assert.equal(new Set(numbers).size, 3)
    assert.ok(numbers.includes(right))
    assert.equal(Buffer.from(challenge.challenge, 'base64').length, 32)
  })
})

test('the state of a challenge follows its answer, and a pending challenge expires', () => {
  const challenge = {
    consumedAt: null,
    answeredAt: null,
    status: 'waiting',
    expiresAt: 100,
  } as PushChallenge
  assert.equal(getChallengeState(challenge, 99), 'waiting')
  assert.equal(getChallengeState(challenge, 100), 'expired')
  assert.equal(getChallengeState({ ...challenge, status: 'denied' }, 1000), 'denied')
  assert.equal(getChallengeState({ ...challenge, status: 'wrong_number' }, 1000), 'wrong_number')
  assert.equal(getChallengeState({ ...challenge, status: 'superseded' }, 50), 'superseded')
  assert.equal(getChallengeState({ ...challenge, status: 'approved', consumedAt: 60 }, 61), 'spent')
})
