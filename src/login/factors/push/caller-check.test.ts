import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { PhoneAnswer } from '#forgerock-push'
import { type Engine, onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createPhone, createPushScene, signAnswer } from '../../../dev/test-support/push-scene.ts'
import { createWalk, listNotices, type Visited } from '../../../dev/test-support/push-walk.ts'
import { readAudit } from '../../../identity/audit/chain.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { createLoginReferences } from '../../engine/references.ts'
import { createCallerCheck } from '../approval/caller-check.ts'
import { type CallerRequest, findVerifiedCaller } from '../caller.ts'
import { createCallerVerification } from '../caller-operations.ts'
import { createCallerPhones } from './caller-check.ts'

const operator = { type: 'administrator', name: 'cli:alice' } as const

async function openDesk(t: TestContext, { open }: Engine, phone = createPhone()) {
  const { db } = await open(t)
  const scene = createPushScene(db)
  const erika = await scene.addUser('erika')
  const device = await scene.addDevice(erika, { phone })
  const sending = { senders: scene.senders, delivery: scene.delivery, brandName: 'Beispiel' }
  const check = createCallerCheck(scene, createCallerPhones(scene.stores, sending))
  const checks = [{ kind: 'push', check }] as const
  const verification = createCallerVerification({
    ...scene,
    checks,
    references: createLoginReferences(scene),
  })
  return {
    ...scene,
    erika,
    device,
    check,
    begin: () => verification.begin(operator, 'erika'),
    finish: (
      ...[begun, answer]: Parameters<typeof verification.finish> extends [unknown, ...infer Rest]
        ? Rest
        : never
    ) => verification.finish(operator, begun, answer),
    async answer({ id }: CallerRequest, answer: PhoneAnswer) {
      return await scene.requests.authenticate(
        signAnswer(await scene.challengeNow(id), device, answer),
      )
    },
    /** First one that was not drawn as right, last the one that was. */
    async readNumbers({ id }: CallerRequest): Promise<number[]> {
      const { numbers, right } = (await scene.challengeNow(id)).numbers
      return [...numbers.filter((one) => one !== right), right]
    },
    async listReasons() {
      const events = await readAudit(db, { limit: 100 })
      return events
        .filter(({ type }) => type === 'caller_not_verified')
        .map(({ data }) => data.reason)
    },
  }
}

const wanted = { by: 'cli:alice', since: 0, usedUpBy: [] }

const isPaused = (page: Visited) => listNotices(page).includes('approval.busy.text')

onEachEngine((engine) => {
  const { name } = engine

  test(`${name}: a caller who reads out the number that was chosen on the phone is verified`, async (t) => {
    const desk = await openDesk(t, engine)
    for (const which of [0, 2]) {
      const begun = await desk.begin()
      assert.equal(await desk.check.findState(begun.request), 'waiting')
      const number = (await desk.readNumbers(begun.request))[which] ?? 0
      assert.equal((await desk.answer(begun.request, { type: 'approve', number })).type, 'ok')
      assert.equal(await desk.check.findState(begun.request), 'chosen')
      assert.equal(await desk.finish(begun, { readOut: ` ${number}` }), true)
    }
    assert.notEqual(await findVerifiedCaller(desk.db, desk.erika, wanted), undefined)
    assert.deepEqual(desk.noticed, [])
    assert.equal(await desk.lockout.findRefusal(desk.db, desk.erika, 'push'), undefined)
  })

  test(`${name}: a caller who guesses another number of the phone is not verified and has only one guess`, async (t) => {
    const desk = await openDesk(t, engine)
    const begun = await desk.begin()
    const [chosen = 0, other = 0] = await desk.readNumbers(begun.request)
    await desk.answer(begun.request, { type: 'approve', number: chosen })
    assert.equal(await desk.finish(begun, { readOut: `${other}` }), false)
    assert.equal(await desk.finish(begun, { readOut: `${chosen}` }), false)
    assert.equal(await findVerifiedCaller(desk.db, desk.erika, wanted), undefined)
    assert.deepEqual(await desk.listReasons(), ['wrong_answer', 'wrong_answer'])
    assert.equal(desk.noticed[0]?.kind, 'caller_refused')
  })

  test(`${name}: a number that was chosen two minutes ago verifies no caller`, async (t) => {
    const desk = await openDesk(t, engine)
    const begun = await desk.begin()
    const [chosen = 0] = await desk.readNumbers(begun.request)
    await desk.answer(begun.request, { type: 'approve', number: chosen })
    desk.clock.time += minutes(2)
    assert.equal(await desk.check.findState(begun.request), 'expired')
    assert.equal(await desk.finish(begun, { readOut: `${chosen}` }), false)
    assert.equal(await findVerifiedCaller(desk.db, desk.erika, wanted), undefined)
  })

  test(`${name}: a denial on the phone means that its owner did not call`, async (t) => {
    const desk = await openDesk(t, engine)
    const begun = await desk.begin()
    await desk.answer(begun.request, { type: 'deny', challenge: true })
    assert.equal(await desk.check.findState(begun.request), 'denied')
    assert.equal(await desk.finish(begun, { reason: 'denied' }), false)
    assert.equal(desk.noticed[0]?.kind, 'caller_refused')
  })

  test(`${name}: a repeated answer changes nothing, and a number that was not shown verifies no caller`, async (t) => {
    const desk = await openDesk(t, engine)
    const begun = await desk.begin()
    const [chosen = 0, other = 0] = await desk.readNumbers(begun.request)
    for (const type of ['ok', 'ok'])
      assert.equal(
        (await desk.answer(begun.request, { type: 'approve', number: chosen })).type,
        type,
      )
    const changed = await desk.answer(begun.request, { type: 'approve', number: other })
    assert.equal(changed.type, 'refused')
    assert.equal(await desk.finish(begun, { readOut: `${chosen}` }), true)
    const next = await desk.begin()
    await desk.answer(next.request, { type: 'approve', number: 9 })
    assert.equal(await desk.check.findState(next.request), 'denied')
    assert.equal(await desk.finish(next, { readOut: '9' }), false)
  })

  test(`${name}: an answer to the service desk approves no login, and an answer to a login verifies no caller`, async (t) => {
    const desk = await openDesk(t, engine)
    const login = await desk.challenge(desk.device)
    const begun = await desk.begin()
    assert.equal((await desk.challengeNow(login.messageId)).status, 'superseded')
    const [chosen = 0] = await desk.readNumbers(begun.request)
    await desk.answer(begun.request, { type: 'approve', number: chosen })
    assert.equal(await desk.challenges.consume(desk.db, begun.request.id, 'journey'), false)
    const second = await desk.challenge(desk.device)
    const { right } = second.numbers
    const request = { ...begun.request, id: second.messageId }
    await desk.answer(request, { type: 'approve', number: right })
    assert.equal(await desk.finish({ ...begun, request }, { readOut: `${right}` }), false)
  })

  test(`${name}: A53: while the service desk asks a phone, a password thief cannot send a login to it`, async (t) => {
    const desk = await openDesk(t, engine)
    const begun = await desk.begin()
    await desk.delivery.settle()
    const [number = 0] = await desk.readNumbers(begun.request)
    const thief = createWalk(desk, desk.confirm, desk.erika)
    assert.equal(isPaused(await thief.visit()), true)
    assert.equal(isPaused(await thief.visit('resend')), true)
    assert.equal((await desk.challenges.findTrialLimit(desk.db, desk.erika, 'own'))?.type, 'busy')
    assert.equal(desk.sent.length, 1)
    await desk.answer(begun.request, { type: 'approve', number })
    assert.equal(await desk.finish(begun, { readOut: `${number}` }), true)
    assert.equal(isPaused(await createWalk(desk, desk.confirm, desk.erika).visit()), false)
    await desk.delivery.settle()
    assert.equal(desk.sent.length, 2)
  })

  test(`${name}: the service desk learns why no phone can be asked`, async (t) => {
    const desk = await openDesk(t, engine)
    await desk.devices.disablePush(desk.db, desk.device.id, desk.device.token)
    await assert.rejects(desk.begin(), /No notification reaches "Pixel 9" any more\./)
    const elsewhere = createPhone({ deviceId: 'https://elsewhere.test/1', deviceName: 'Nokia' })
    const other = await openDesk(t, engine, elsewhere)
    await assert.rejects(other.begin(), /"Nokia" has an address that no configured sender reaches/)
    const { deviceName: _, ...nameless } = createPhone()
    const old = await openDesk(t, engine, nameless)
    await assert.rejects(old.begin(), /an app that is too old to show numbers/)
  })

  test(`${name}: the service desk can ask a phone five times in ten minutes, and learns of an undelivered message`, async (t) => {
    const desk = await openDesk(t, engine)
    desk.outcome.result = { type: 'failed', reason: 'away', retryable: false }
    for (let times = 0; times < 5; times += 1) {
      const { request } = await desk.begin()
      await desk.delivery.settle()
      assert.equal(await desk.check.findState(request), 'not_delivered')
    }
    await assert.rejects(desk.begin(), /were asked too often/)
    desk.clock.pass(minutes(10))
    const { request } = await desk.begin()
    desk.clock.pass(minutes(2))
    assert.notEqual(await desk.check.findState(request), 'waiting')
  })
})
