import assert from 'node:assert/strict'
import { test } from 'node:test'
import { URI } from 'otpauth'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createTotpScene } from '../../../dev/test-support/totp-scene.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import type { JourneyData } from '../../engine/data.ts'
import type { Answers, StepResult } from '../../engine/step.ts'
import { failureLimit } from '../lockout.ts'
import { createFindEnrolled, createTotpAuthenticators } from './authenticators.ts'
import { createTotpEnrolStep, pendingEntry } from './enrol-step.ts'
import { createTotpVerifyStep } from './verify-step.ts'

function setUp(db: Database, { hasOther = false, mayEnrol = true } = {}) {
  const scene = createTotpScene(db)
  const options = {
    ...scene,
    issuer: 'Beispiel',
    hasOther: async () => hasOther,
    mayEnrol: async () => mayEnrol,
    removeEarlierCodes: async () => {},
    removeUnverified: async () => {},
  }
  const factor = {
    confirm: createTotpVerifyStep(options),
    register: createTotpEnrolStep(options),
    authenticators: createTotpAuthenticators(options),
  }
  const confirm = (userId: Id<'user'>, answers?: Answers) =>
    factor.confirm.run(scene.context(userId, { answers }))
  const register = async (userId: Id<'user'>, data: JourneyData, answers?: Answers) => {
    const result = await factor.register.run(scene.context(userId, { data, answers }))
    assert.equal(await scene.write(result), true)
    return { result, data: { ...data, ...result.change?.data } as JourneyData }
  }
  return { ...scene, authenticators: factor.authenticators, confirm, register }
}

type Result = StepResult<string>
const outcomeOf = (result: Result) => (result.type === 'done' ? result.outcome : 'ask')
const statusOf = (result: Result) => (result.type === 'ask' ? result.formError?.status : undefined)
const titleOf = (result: Result) =>
  result.type === 'ask' ? result.formError?.title.key : undefined

function valuesOf(result: Result): string[] {
  if (result.type !== 'ask') throw new Error(`no page but ${result.outcome}`)
  return result.form.prompts.flatMap((prompt) =>
    prompt.type === 'choice' ? prompt.options.map(({ value }) => value) : [],
  )
}

/** All audit types except those of wrong codes, which have tests of their own. */
async function auditTypes(db: Database): Promise<string[]> {
  const rows = await db.selectFrom('audit_events').select('type').orderBy('seq').execute()
  return rows.map(({ type }) => type).filter((type) => type !== 'second_factor_failed')
}

onEachEngine((engine) => {
  test(`a right code with a space in it is accepted (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const app = await scene.addApp(userId)
    const code = scene.showCode(app).replace(/^(...)/, '$1 ')
    const result = await scene.confirm(userId, { action: 'confirm', code })
    assert.equal(outcomeOf(result), 'confirmed')
    assert.deepEqual(result.change?.proof, {
      factor: 'totp',
      strength: 'possession',
      amr: ['otp'],
      authenticatorId: app.id,
    })
    assert.equal(await scene.write(result), true)
    assert.deepEqual(await auditTypes(db), ['totp_used'])
    assert.deepEqual(await db.selectFrom('throttles').selectAll().execute(), [])
    assert.deepEqual(await createFindEnrolled(scene.store)(db, userId), {
      lastUsedAt: scene.clock.now(),
      lastUsedId: app.id,
    })
  })

  test(`a used code is refused, and the next code is accepted (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const app = await scene.addApp(userId)
    const code = scene.showCode(app)
    assert.equal(await scene.write(await scene.confirm(userId, { code })), true)
    const replay = await scene.confirm(userId, { code })
    assert.deepEqual([statusOf(replay), titleOf(replay)], [422, 'totp.used.title'])
    const earlier = await scene.confirm(userId, { code: scene.showCode(app, -1) })
    assert.equal(titleOf(earlier), 'totp.used.title')
    assert.equal(replay.change, undefined)
    scene.pass(30_000)
    assert.equal(outcomeOf(await scene.confirm(userId, { code: scene.showCode(app) })), 'confirmed')
  })

  test(`a code of a phone with a fast clock is refused with a hint at the clock, and is accepted later (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const code = scene.showCode(await scene.addApp(userId), 1)
    const early = await scene.confirm(userId, { code })
    assert.equal(titleOf(early), 'totp.wrong.title')
    const text = early.type === 'ask' ? early.formError?.text : undefined
    assert.ok(text)
    assert.match(createTranslator('de')(text), /die Uhrzeit auf dem Telefon/)
    assert.match(createTranslator('en')(text), /the time on your phone/)
    scene.pass(30_000)
    assert.equal(outcomeOf(await scene.confirm(userId, { code })), 'confirmed')
  })

  test(`of two simultaneous logins with one code, exactly one succeeds (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const code = scene.showCode(await scene.addApp(userId))
    const results = await Promise.all([
      scene.confirm(userId, { code }),
      scene.confirm(userId, { code }),
    ])
    assert.deepEqual(results.map(outcomeOf), ['confirmed', 'confirmed'])
    const written = await Promise.all(results.map((result) => scene.write(result)))
    assert.deepEqual(written.sort(), [false, true])
    assert.deepEqual(await auditTypes(db), ['totp_used'])
  })

  test(`A20: a right code is not accepted if code apps are locked before the login is written (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const right = await scene.confirm(userId, { code: scene.showCode(await scene.addApp(userId)) })
    assert.equal(outcomeOf(right), 'confirmed')
    const off = { failures: failureLimit, last_failure_at: 1, off_at: 1 }
    await db.updateTable('factor_failures').set(off).execute()
    assert.equal(await scene.write(right), false)
  })

  test(`after too many wrong codes, the user has to wait, even with the right code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const app = await scene.addApp(userId)
    const near = [-1, 0, 1].map((steps) => scene.showCode(app, steps))
    const wrong = ['000000', '111111', '222222', '333333'].find((code) => !near.includes(code))
    const answers = { code: wrong ?? '' }
    for (const code of ['', '12345', 'abcdef', '1234567']) {
      assert.equal(statusOf(await scene.confirm(userId, { code })), 422)
    }
    assert.deepEqual(await db.selectFrom('throttles').selectAll().execute(), [])
    for (let i = 0; i < 5; i++) assert.equal(statusOf(await scene.confirm(userId, answers)), 422)
    const refused = await scene.confirm(userId, { code: scene.showCode(app) })
    assert.equal(statusOf(refused), 429)
    assert.equal(refused.type === 'ask' && refused.formError?.retryAfter, 1)
    scene.pass(1000)
    assert.equal(outcomeOf(await scene.confirm(userId, { code: scene.showCode(app) })), 'confirmed')
  })

  test(`a code of another user's app or of a pending app is wrong (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const [erika, max] = [await scene.addUser('erika'), await scene.addUser('max')]
    await scene.addApp(erika)
    const foreign = await scene.addApp(max)
    const pending = await scene.addApp(erika, { pending: true })
    for (const app of [foreign, pending]) {
      assert.equal(statusOf(await scene.confirm(erika, { code: scene.showCode(app) })), 422)
    }
  })

  test(`another factor is offered and accepted only if the user has one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const alone = setUp(db)
    const userId = await alone.addUser()
    await alone.addApp(userId)
    assert.deepEqual(valuesOf(await alone.confirm(userId)), ['confirm', 'trouble', 'cancel'])
    assert.equal(outcomeOf(await alone.confirm(userId, { action: 'other', code: '' })), 'ask')
    const both = setUp(db, { hasOther: true })
    assert.deepEqual(valuesOf(await both.confirm(userId)), [
      'confirm',
      'other',
      'trouble',
      'cancel',
    ])
    for (const [action, outcome] of [
      ['other', 'other'],
      ['cancel', 'cancelled'],
    ] as const) {
      const result = await both.confirm(userId, { action, code: '' })
      assert.deepEqual(result, { type: 'done', outcome })
    }
  })

  test(`the first code connects an app, is a proof and cannot be used again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const { data } = await scene.register(userId, {})
    const { result: page } = await scene.register(userId, data)
    const prompts = page.type === 'ask' ? page.form.prompts : []
    const qr = prompts.find((prompt) => prompt.type === 'qr')
    if (qr?.type !== 'qr') throw new Error('no code')
    const uri = URI.parse(qr.content)
    assert.deepEqual([uri.issuer, uri.label], ['Beispiel', 'erika'])
    assert.equal(qr.typed?.value.replaceAll(' ', ''), uri.secret.base32)
    assert.equal(statusOf((await scene.register(userId, data, { code: '12' })).result), 422)
    assert.deepEqual(await scene.store.listActive(db, userId), [])
    const code = 'period' in uri ? uri.generate({ timestamp: scene.clock.now() }) : ''
    const { result } = await scene.register(userId, data, { action: 'connect', code })
    assert.equal(outcomeOf(result), 'registered')
    assert.equal(result.change?.proof?.authenticatorId, pendingEntry.read(data))
    assert.equal((await scene.store.listActive(db, userId)).length, 1)
    assert.deepEqual(await auditTypes(db), ['totp_registered'])
    assert.deepEqual(
      scene.noticed.map(({ kind, facts }) => [kind, facts.userId, facts.address]),
      [['totp_added', userId, '192.0.2.7']],
    )
    assert.equal(titleOf(await scene.confirm(userId, { code })), 'totp.used.title')
  })

  test(`a reload shows the same secret, and leaving the page removes it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const { data } = await scene.register(userId, {})
    assert.deepEqual((await scene.register(userId, data)).data, data)
    const left = await scene.register(userId, data, { action: 'back', code: '' })
    assert.equal(outcomeOf(left.result), 'back')
    assert.deepEqual(await db.selectFrom('totp_authenticators').select('id').execute(), [])
  })

  test(`the page does not show the secret of another user's app or of an active app (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const [erika, max] = [await scene.addUser('erika'), await scene.addUser('max')]
    const foreign = await scene.addApp(max, { pending: true })
    const active = await scene.addApp(erika)
    for (const { id } of [foreign, active]) {
      const { data } = await scene.register(erika, pendingEntry.write(id))
      assert.notEqual(pendingEntry.read(data), id)
    }
  })

  test(`a user who may no longer enrol is led back, even with the right code (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db, { mayEnrol: false })
    const userId = await scene.addUser()
    const app = await scene.addApp(userId, { pending: true })
    const answers = { code: scene.showCode(app) }
    const { result } = await scene.register(userId, pendingEntry.write(app.id), answers)
    assert.equal(outcomeOf(result), 'back')
    assert.deepEqual(await scene.store.listActive(db, userId), [])
  })

  test(`A21: of 200 simultaneous uses of a code, one succeeds, and none in the next 90 seconds (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const app = await scene.addApp(userId)
    const code = scene.showCode(app)
    const tries = Array.from({ length: 200 }, async () => {
      const result = await scene.confirm(userId, { code })
      return result.type === 'done' && (await scene.write(result))
    })
    assert.equal((await Promise.all(tries)).filter((passed) => passed).length, 1)
    assert.deepEqual(await auditTypes(db), ['totp_used'])
    for (let second = 0; second <= 90; second += 5) {
      const result = await scene.confirm(userId, { code })
      assert.notEqual(outcomeOf(result), 'confirmed')
      scene.pass(5000)
    }
  })

  test(`A21: a clock that is set back makes no used code valid again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const app = await scene.addApp(userId)
    const before = [-1, 0, 1].map((steps) => scene.showCode(app, steps))
    scene.pass(90_000)
    assert.equal(
      await scene.write(await scene.confirm(userId, { code: scene.showCode(app) })),
      true,
    )
    scene.pass(-90_000)
    const said = ['totp.used.title', 'totp.used.title', 'totp.wrong.title']
    for (const [n, code] of before.entries()) {
      assert.equal(titleOf(await scene.confirm(userId, { code })), said[n])
    }
  })

  test(`A20: wrong codes are rate-limited at enrolment as well (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const { data } = await scene.register(userId, {})
    const pending = await scene.store.find(db, `${pendingEntry.read(data)}`)
    assert.ok(pending)
    const near = [-1, 0, 1].map((steps) => scene.showCode(pending, steps))
    const wrong = ['000000', '111111', '222222', '333333'].find((code) => !near.includes(code))
    for (let i = 0; i < 5; i++) {
      assert.equal(
        statusOf((await scene.register(userId, data, { code: wrong ?? '' })).result),
        422,
      )
    }
    const right = { code: scene.showCode(pending) }
    assert.equal(statusOf((await scene.register(userId, data, right)).result), 429)
    assert.deepEqual(await scene.store.listActive(db, userId), [])
    scene.pass(1000)
    assert.equal(outcomeOf((await scene.register(userId, data, right)).result), 'registered')
    // The earlier failures stay: an enrolment proves nothing about another factor.
    assert.equal(statusOf(await scene.confirm(userId, right)), 429)
  })

  test(`A20: code apps are locked after a hundred wrong codes, until one is connected again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db)
    const userId = await scene.addUser()
    const app = await scene.addApp(userId)
    let failures = 0
    while ((await scene.lockout.findLockedKinds(db, userId)).size === 0) {
      scene.pass(15 * 60_000)
      const near = [-1, 0, 1].map((steps) => scene.showCode(app, steps))
      const wrong = ['000000', '111111', '222222', '333333'].find((code) => !near.includes(code))
      assert.equal(statusOf(await scene.confirm(userId, { code: wrong ?? '' })), 422)
      failures += 1
    }
    assert.equal(failures, 100)
    scene.pass(15 * 60_000)
    const refused = await scene.confirm(userId, { code: scene.showCode(app) })
    assert.deepEqual([statusOf(refused), titleOf(refused)], [429, 'factor.off.title'])
    assert.deepEqual(
      scene.noticed.map(({ kind }) => kind).filter((kind) => kind !== 'factor_failures'),
      ['factor_locked'],
    )
    const { data } = await scene.register(userId, {})
    const pending = await scene.store.find(db, `${pendingEntry.read(data)}`)
    const first = { code: pending === undefined ? '' : scene.showCode(pending) }
    assert.equal(outcomeOf((await scene.register(userId, data, first)).result), 'registered')
    scene.pass(15 * 60_000)
    assert.equal(outcomeOf(await scene.confirm(userId, { code: scene.showCode(app) })), 'confirmed')
  })

  test(`a user lists, renames and removes only their own apps (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { authenticators, ...scene } = setUp(db)
    const remove = (userId: Id<'user'>, id: string) =>
      transact(db, (tx) => authenticators.remove(tx, userId, id, userId))
    const [erika, max] = [await scene.addUser('erika'), await scene.addUser('max')]
    const app = await scene.addApp(erika)
    const pending = await scene.addApp(erika, { pending: true })
    const facts = { id: app.id, kind: 'totp', state: 'usable', level: acrPossession } as const
    const times = { addedAt: app.createdAt, lastUsedAt: app.lastUsedAt }
    assert.deepEqual(await authenticators.list(db, erika), [{ ...facts, ...times, name: app.name }])
    for (const [userId, id] of [
      [max, app.id],
      [erika, pending.id],
      [erika, 'totp_none'],
    ] as const) {
      assert.equal(await authenticators.rename(db, userId, id, 'Mine'), false)
      assert.equal(await remove(userId, id), undefined)
    }
    assert.equal(await authenticators.rename(db, erika, app.id, 'Work phone'), true)
    assert.equal((await authenticators.list(db, erika))[0]?.name, 'Work phone')
    const code = scene.showCode(app)
    const removed = await remove(erika, app.id)
    assert.deepEqual([removed?.waiting, removed?.provenBy], [[], [app.id]])
    assert.equal(await remove(erika, app.id), undefined)
    assert.deepEqual(await authenticators.list(db, erika), [])
    assert.notEqual(outcomeOf(await scene.confirm(erika, { code })), 'confirmed')
    assert.deepEqual(await auditTypes(db), ['totp_renamed', 'totp_removed'])
  })
})
