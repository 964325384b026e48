// One QR code for push and codes, with the real steps of both factors: the codes live and end with their registration.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin, config as defaults, type TestLogin } from '../dev/test-support/login.ts'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { acrPossession } from '../identity/policy/assurance.ts'
import { hours, minutes, seconds } from '../platform/kernel/clock.ts'
import type { Id } from '../platform/kernel/ids.ts'
import type { Database } from '../platform/storage/database.ts'
import { transact } from '../platform/storage/transact.ts'
import type { JourneyData } from './engine/data.ts'
import type { Step, StepContext } from './engine/step.ts'
import { provenEntry } from './factors/enrolled.ts'
import { challengeEntry } from './factors/push/data.ts'
import { stepAt } from './factors/totp/verify.ts'

const config = { ...defaults, push: { ...defaults.push, combined_totp: true } }

const createScene = (db: Database, configured = config) =>
  createTestLogin(db, { config: configured })

/** A journey that a test moves from step to step, and that writes the change of each step. */
function createWalk(scene: TestLogin, userId: Id<'user'>) {
  const data: Record<string, string | number | boolean | null> = {}
  const createStepContext = (action?: string): StepContext => ({
    kind: 'login',
    now: scene.clock.now(),
    journeyHash: 'journey',
    request: { returnTo: '/' },
    userId,
    data,
    answers: action === undefined ? undefined : { action },
    client: {
      address: '192.0.2.7',
      place: undefined,
      browser: undefined,
      userAgent: undefined,
      language: 'en',
      session: undefined,
    },
    unwrittenProofs: [
      {
        ...{ userId, factor: 'password', strength: 'knowledge', amr: ['pwd'] },
        ...{ authenticatorId: null, provenAt: scene.clock.now() },
      },
    ],
    createRestartPath: () => '/login',
  })
  return {
    data: data as JourneyData,
    async go(step: Step, action?: string) {
      const result = await step.run(createStepContext(action))
      const { change } = result
      await transact(scene.db, async (tx) => {
        if (!((await change?.write?.(tx)) ?? true)) throw new Error('somebody was faster')
      })
      for (const [name, value] of Object.entries(change?.data ?? {})) {
        if (value === undefined) delete data[name]
        else data[name] = value
      }
      change?.afterCommit?.()
      await scene.settle()
      return result
    },
  }
}

type Walk = ReturnType<typeof createWalk>

/** Opens the page with the QR code and gives what is in it. */
async function openCode(scene: TestLogin, walk: Walk, action?: string): Promise<string> {
  const { register } = scene.factors.push
  await walk.go(register, action)
  const page = await walk.go(register)
  const qr = page.type === 'ask' && page.form.prompts.find((prompt) => prompt.type === 'qr')
  return qr && qr.type === 'qr' ? qr.content : ''
}

async function begin(scene: TestLogin) {
  const { id: userId } = await scene.addUser('erika')
  const walk = createWalk(scene, userId)
  return { userId, walk, uri: await openCode(scene, walk), phone: scene.createPhone('Pixel') }
}

/** Goes up to the approval, which the page has not fetched yet. */
async function approve(scene: TestLogin, { walk, uri, phone }: Awaited<ReturnType<typeof begin>>) {
  assert.equal(await phone.scan(uri), true)
  await walk.go(scene.factors.push.register)
  await walk.go(scene.factors.push.test)
  const id = `${challengeEntry.read(walk.data)}`
  const challenge = await scene.factors.push.challenges.find(scene.db, id)
  assert.equal(await phone.answer(0, () => challenge?.numbers.right ?? 0), true)
}

const rowsOf = (scene: TestLogin) =>
  scene.db.selectFrom('totp_authenticators').select(['id', 'name', 'status']).execute()

async function eventsOf(scene: TestLogin): Promise<string[]> {
  const rows = await scene.db.selectFrom('audit_events').select('type').orderBy('seq').execute()
  return rows.map(({ type }) => type)
}

/** A phone and its codes, which both count. */
async function enrolBoth(scene: TestLogin) {
  const begun = await begin(scene)
  await approve(scene, begun)
  await begun.walk.go(scene.factors.push.test)
  const all = await scene.factors.authenticators.list(scene.db, begun.userId)
  const idOf = (kind: string) => all.find((one) => one.kind === kind)?.id ?? ''
  return { userId: begun.userId, deviceId: idOf('push'), codesId: idOf('totp') }
}

onEachEngine((engine) => {
  test(`A6: the codes of a QR code become active with the phone, after its test (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db)
    const { store } = scene.factors.totp
    const begun = await begin(scene)
    const { userId, walk, uri } = begun
    assert.match(uri, /^mfauth:\/\/totp\/.*&secret=[A-Z2-7]{32}&period=30&digits=6&/)
    await approve(scene, begun)
    const [pending] = await rowsOf(scene)
    assert.equal(pending?.status, 'pending')
    assert.deepEqual(await store.listActive(scene.db, userId), [])
    assert.equal(await store.spend(scene.db, pending.id, 99_999_999), false)
    const done = await walk.go(scene.factors.push.test)
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    const [app] = await store.listActive(scene.db, userId)
    assert.deepEqual([app?.id, app?.name, app?.lastUsedAt], [pending.id, 'Pixel', null])
    assert.deepEqual((await eventsOf(scene)).slice(-2).sort(), [
      'push_device_activated',
      'totp_registered',
    ])
    const [notice, ...others] = scene.noticed
    assert.deepEqual(
      [notice?.kind, notice?.facts.device, others.length],
      ['combined_added', 'Pixel', 0],
    )
  })

  test(`no code from before the test is accepted, not even the current one (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db)
    const { store } = scene.factors.totp
    const begun = await begin(scene)
    await approve(scene, begun)
    scene.pass(seconds(40))
    await begun.walk.go(scene.factors.push.test)
    const [app] = await store.listActive(scene.db, begun.userId)
    if (app === undefined) throw new Error('no codes')
    const now = stepAt(scene.clock.now(), app)
    for (const step of [now - 2, now - 1, now]) {
      assert.equal(await store.spend(scene.db, app.id, step), false)
    }
    assert.equal(await store.spend(scene.db, app.id, now + 1), true)
  })

  test(`A6: leaving the page, a new QR code or leaving the test removes the pending codes (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db)
    const { register, test } = scene.factors.push
    const begun = await begin(scene)
    const { walk, uri, phone } = begun
    const [first] = await rowsOf(scene)
    const renewed = await openCode(scene, walk, 'renew')
    assert.notEqual(renewed, uri)
    const [second, ...others] = await rowsOf(scene)
    assert.notEqual(second?.id, first?.id)
    assert.deepEqual(others, [])
    assert.equal(await phone.scan(uri), false)
    assert.equal(await phone.scan(renewed), true)
    await walk.go(register)
    await walk.go(test)
    await walk.go(test, 'back')
    assert.deepEqual(await rowsOf(scene), [])
    await openCode(scene, walk)
    assert.equal((await rowsOf(scene)).length, 1)
    await walk.go(register, 'back')
    assert.deepEqual(await rowsOf(scene), [])
  })

  test(`A6: codes of a login that another one superseded are removed (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db)
    const late = await begin(scene)
    assert.equal(await late.phone.scan(late.uri), true)
    await late.walk.go(scene.factors.push.register)
    const walk = createWalk(scene, late.userId)
    const uri = await openCode(scene, walk, 'renew')
    const fast = { ...late, walk, uri, phone: scene.createPhone('Fairphone') }
    await approve(scene, fast)
    await walk.go(scene.factors.push.test)
    const left = await late.walk.go(scene.factors.push.test)
    assert.equal(left.type === 'done' && left.outcome, 'overtaken')
    assert.deepEqual(
      (await rowsOf(scene)).map(({ name, status }) => [name, status]),
      [['Fairphone', 'active']],
    )
  })

  test(`A6: codes of an abandoned page stay pending and are purged (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db)
    const { walk, uri, phone } = await begin(scene)
    scene.pass(minutes(6))
    assert.equal(await phone.scan(uri), false)
    const page = await walk.go(scene.factors.push.register)
    assert.ok(page.type === 'ask' && !page.form.prompts.some(({ type }) => type === 'qr'))
    assert.deepEqual(
      (await rowsOf(scene)).map(({ status }) => status),
      ['pending'],
    )
    scene.pass(hours(24))
    await scene.factors.totp.store.purge(scene.db, scene.clock.now() - hours(24))
    assert.deepEqual(await rowsOf(scene), [])
  })

  test(`A6: a second phone is refused, and the codes that it has seen are removed (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db)
    const begun = await begin(scene)
    await approve(scene, begun)
    assert.equal(await scene.createPhone('thief').scan(begun.uri), false)
    assert.deepEqual(await rowsOf(scene), [])
    const done = await begun.walk.go(scene.factors.push.test)
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    assert.equal((await scene.factors.push.devices.listActive(scene.db, begun.userId)).length, 1)
    assert.deepEqual(await rowsOf(scene), [])
    assert.deepEqual(
      scene.noticed.map(({ kind }) => kind),
      ['second_phone_refused', 'device_added'],
    )
  })

  test(`A6: a second phone that scans after the test removes the codes, once, but not the first phone (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db)
    const begun = await begin(scene)
    await approve(scene, begun)
    await begun.walk.go(scene.factors.push.test)
    const thief = scene.createPhone('thief')
    assert.equal(await thief.scan(begun.uri), false)
    assert.equal(await thief.scan(begun.uri), false)
    assert.deepEqual(await rowsOf(scene), [])
    assert.equal((await scene.factors.push.devices.listActive(scene.db, begun.userId)).length, 1)
    assert.deepEqual(
      scene.noticed.map(({ kind }) => kind),
      ['combined_added', 'second_phone_refused', 'totp_removed'],
    )
    assert.deepEqual((await eventsOf(scene)).slice(-2), [
      'totp_removed',
      'push_second_phone_refused',
    ])
  })

  test(`A6: a second phone that scans during the test leaves no codes (${engine.name})`, async (t) => {
    const [one, two] = await engine.openTwice(t)
    for (let n = 0; n < 5; n += 1) {
      const scene = createScene(one.db)
      const other = createScene(two.db)
      const { id: userId } = await scene.addUser(`user-${n}`)
      const walk = createWalk(scene, userId)
      const uri = await openCode(scene, walk)
      await approve(scene, { userId, walk, uri, phone: scene.createPhone(`phone-${n}`) })
      const [done, isTaken] = await Promise.all([
        walk.go(scene.factors.push.test),
        other.createPhone(`thief-${n}`).scan(uri),
      ])
      assert.deepEqual([done.type, isTaken], ['done', false])
      assert.deepEqual(await rowsOf(scene), [])
    }
  })

  test(`A6: rejecting an unknown phone also removes its codes (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db)
    const { userId, walk, uri, phone } = await begin(scene)
    assert.equal(await phone.scan(uri), true)
    await walk.go(scene.factors.push.register)
    assert.equal((await rowsOf(scene)).length, 1)
    const next = createWalk(scene, userId)
    await next.go(scene.factors.push.register)
    await next.go(scene.factors.push.register, 'not_mine')
    assert.deepEqual(await rowsOf(scene), [])
    assert.ok((await eventsOf(scene)).includes('push_device_rejected'))
  })

  test(`A20: an enrolment resets the earlier failures of its factor (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db)
    const begun = await begin(scene)
    for (let n = 0; n < 3; n++) await scene.lockout.fail(scene.db, begun.userId, 'push')
    await approve(scene, begun)
    const failures = () => scene.db.selectFrom('factor_failures').select('kind').execute()
    assert.deepEqual(await failures(), [{ kind: 'push' }])
    await begun.walk.go(scene.factors.push.test)
    assert.deepEqual(await failures(), [])
  })

  test(`removing a phone also removes its codes, even if they were renamed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const { userId, deviceId, codesId } = await enrolBoth(scene)
    const { authenticators } = scene.factors
    await authenticators.rename(db, userId, codesId, 'Codes')
    const listed = await authenticators.list(db, userId)
    assert.deepEqual(listed.find(({ id }) => id === deviceId)?.goesWith, [codesId])
    await transact(db, (tx) => authenticators.remove(tx, { userId, id: deviceId }))
    assert.deepEqual(await authenticators.list(db, userId), [])
    const events = await eventsOf(scene)
    assert.ok(events.includes('push_device_removed') && events.includes('totp_removed'))
  })

  test(`A10: replacing an unreachable phone removes its codes and ends the sessions based on them (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const { userId, deviceId, codesId } = await enrolBoth(scene)
    const session = await scene.signIn(userId)
    const proof = { factor: 'totp', strength: 'possession', amr: ['otp'] } as const
    const proven = { ...proof, authenticatorId: codesId, userId, provenAt: scene.clock.now() }
    await scene.journeys.insertProof(db, 'a login before', proven, session.id)
    await db.updateTable('push_devices').set({ push_disabled_at: 1 }).execute()
    const walk = createWalk(scene, userId)
    Object.assign(walk.data, provenEntry.write(acrPossession))
    const uri = await openCode(scene, walk)
    await approve(scene, { userId, walk, uri, phone: scene.createPhone('Neues') })
    const done = await walk.go(scene.factors.push.test)
    assert.equal(done.type === 'done' && done.outcome, 'confirmed')
    const listed = await scene.factors.authenticators.list(db, userId)
    assert.deepEqual(listed.map(({ kind, name }) => [kind, name]).sort(), [
      ['push', 'Neues'],
      ['totp', 'Neues'],
    ])
    assert.ok(listed.every(({ id }) => id !== deviceId && id !== codesId))
    assert.equal(await scene.sessions.findById(session.id), undefined)
    assert.ok((await eventsOf(scene)).includes('totp_removed'))
  })

  test(`the user can remove the codes alone, and the phone stays (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const { userId, deviceId, codesId } = await enrolBoth(scene)
    const { authenticators } = scene.factors
    await transact(db, (tx) => authenticators.remove(tx, { userId, id: codesId }))
    const listed = await authenticators.list(db, userId)
    assert.deepEqual(
      listed.map(({ id }) => id),
      [deviceId],
    )
    await transact(db, (tx) => authenticators.remove(tx, { userId, id: deviceId }))
    assert.deepEqual(await authenticators.list(db, userId), [])
  })

  test(`removing a phone that is not linked to its codes leaves the codes (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db)
    const { userId, deviceId, codesId } = await enrolBoth(scene)
    await db.updateTable('push_devices').set({ codes_id: null }).execute()
    const { authenticators } = scene.factors
    await transact(db, (tx) => authenticators.remove(tx, { userId, id: deviceId }))
    const listed = await authenticators.list(db, userId)
    assert.deepEqual(
      listed.map(({ id }) => id),
      [codesId],
    )
  })

  test(`without the setting the QR code is for push alone (${engine.name})`, async (t) => {
    const scene = createScene((await engine.open(t)).db, defaults)
    const begun = await begin(scene)
    assert.match(begun.uri, /^pushauth:/)
    await approve(scene, begun)
    await begun.walk.go(scene.factors.push.test)
    assert.deepEqual(await rowsOf(scene), [])
    assert.deepEqual(
      scene.noticed.map(({ kind }) => kind),
      ['device_added'],
    )
  })
})
