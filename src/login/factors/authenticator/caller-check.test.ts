import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerRequest } from '#authenticator-device'
import {
  createAuthenticatorScene,
  enrolPhone,
} from '../../../dev/test-support/authenticator-scene.ts'
import { type Engine, onEachEngine, type Scope } from '../../../dev/test-support/on-each-engine.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { createLoginReferences } from '../../engine/references.ts'
import { createCallerCheck } from '../approval/caller-check.ts'
import { findVerifiedCaller } from '../caller.ts'
import { createCallerVerification } from '../caller-operations.ts'
import { createCallerPhones } from './caller-check.ts'
import { createWake } from './wake.ts'

const operator = { type: 'administrator', name: 'cli:alice' } as const

async function openDesk(t: Scope, engine: Engine) {
  const { db } = await engine.open(t)
  const scene = createAuthenticatorScene(db)
  const { user, phone, id } = await enrolPhone(scene)
  const { stores, events } = scene
  const wake = createWake(
    { ...wakeParts(scene), stores, origin: 'https://login.example' },
    undefined,
  )
  const phones = createCallerPhones(stores, { events, wake, language: 'en' })
  const check = createCallerCheck({ ...scene, lockout: scene.factors.lockout }, phones)
  const checks = [{ kind: 'authenticator', check }] as const
  const references = createLoginReferences(scene)
  const verification = createCallerVerification({ ...scene, checks, references })
  scene.pass(minutes(1))
  return {
    ...scene,
    ...{ user, phone, id, check },
    begin: () => verification.begin(operator, 'erika'),
    finish: async (readOut: string, begun: Awaited<ReturnType<typeof verification.begin>>) =>
      await verification.finish(operator, begun, { readOut }),
    /** What the phone shows after its owner has confirmed. */
    async confirm(): Promise<string | undefined> {
      const fetched = await phone.fetch()
      assert.equal(fetched.type, 'done')
      const [request] = fetched.pending.requests
      assert.equal(request?.kind, 'caller')
      assert.ok(request)
      const decision = { decision: 'approve' } as const
      const result = await answerRequest(phone.options, id, { request, decision })
      assert.equal(result.type, 'done')
      assert.equal(result.answered.outcome, 'approved')
      return result.answered.code
    },
  }
}

const wakeParts = (scene: ReturnType<typeof createAuthenticatorScene>) => ({
  platform: { db: scene.db, clock: scene.clock, events: scene.events, log: scene.log },
  audit: scene.audit,
})

onEachEngine((engine) => {
  test(`a caller who reads out the code on the phone is verified, but only once (${engine.name})`, async (t) => {
    const desk = await openDesk(t, engine)
    const begun = await desk.begin()
    assert.equal(await desk.check.findState(begun.request), 'waiting')
    const code = (await desk.confirm()) ?? ''
    assert.match(code, /^\d{6}$/)
    assert.equal(await desk.check.findState(begun.request), 'chosen')
    assert.equal(await desk.finish(`${code.slice(0, 3)} ${code.slice(3)}`, begun), true)
    const wanted = { by: 'cli:alice', since: 0, usedUpBy: [] }
    assert.equal(await findVerifiedCaller(desk.db, desk.user.id, wanted), desk.clock.now())
    assert.equal(await desk.finish(code, begun), false)
  })

  test(`no message contains the code before the owner of the phone has confirmed (${engine.name})`, async (t) => {
    const desk = await openDesk(t, engine)
    const begun = await desk.begin()
    const { code } = await desk.findChallenge(desk.id)
    const fetched = await desk.phone.fetch()
    assert.ok(!JSON.stringify(fetched).includes(code))
    assert.equal(await desk.finish(code, begun), false)
  })

  test(`A6: a caller has one guess, and the owner gets a mail about a wrong one (${engine.name})`, async (t) => {
    const desk = await openDesk(t, engine)
    const begun = await desk.begin()
    const code = (await desk.confirm()) ?? ''
    const wrong = code === '000000' ? '000001' : '000000'
    assert.equal(await desk.finish(wrong, begun), false)
    assert.equal(await desk.finish(code, begun), false)
    assert.equal(desk.noticed.filter(({ kind }) => kind === 'caller_refused').length, 2)
  })

  test(`a code from another page does not confirm the request of the service desk (${engine.name})`, async (t) => {
    const desk = await openDesk(t, engine)
    const begun = await desk.begin()
    const { code } = await desk.findChallenge(desk.id)
    assert.equal(await desk.phone.approve(code), 'wrong_code')
    assert.equal(await desk.check.findState(begun.request), 'waiting')
  })

  test(`an approval without a code confirms no login (${engine.name})`, async (t) => {
    const desk = await openDesk(t, engine)
    const browser = await desk.openBrowser('erika', 'another')
    assert.equal(await desk.phone.answer({ decision: 'approve' }), 'malformed')
    await browser.look()
    assert.equal(browser.step(), 'authenticator/confirm')
  })

  test(`the service desk sees a denial, and its request supersedes a waiting login (${engine.name})`, async (t) => {
    const desk = await openDesk(t, engine)
    const browser = await desk.openBrowser('erika', 'another')
    const begun = await desk.begin()
    await browser.look()
    assert.equal(browser.title(), 'push.superseded.title')
    assert.equal(await desk.phone.answer({ decision: 'deny' }), 'denied')
    assert.equal(await desk.check.findState(begun.request), 'denied')
    assert.deepEqual(await desk.listAudit('login_failed'), [])
  })
})
