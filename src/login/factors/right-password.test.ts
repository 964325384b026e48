// What a person with only the right password leaves behind: the owner and the desk see it, whatever was tried.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin, instantHasher } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createPasskeyScene } from '../../dev/test-support/passkey-scene.ts'
import { createPushScene, signWrongNumber } from '../../dev/test-support/push-scene.ts'
import { createWalk } from '../../dev/test-support/push-walk.ts'
import { createRecoveryScene } from '../../dev/test-support/recovery-scene.ts'
import {
  createScene,
  createStepContext,
  createTestClock,
  office,
  type Scene,
} from '../../dev/test-support/scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { createTotpScene } from '../../dev/test-support/totp-scene.ts'
import { hours, minutes } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { createDeskPassStore } from './desk-pass/store.ts'
import { createDeskPassVerifyStep } from './desk-pass/verify-step.ts'
import { formatCode } from './recovery/codes.ts'
import { createTotpVerifyStep } from './totp/verify-step.ts'

type Book = Pick<Scene, 'listAudit' | 'noticed'>

/** Each try is an audit event with its reason, and the third one sends the only mail. */
async function assertSeen({ listAudit, noticed }: Book, userId: Id<'user'>, kind: string) {
  const failures = await listAudit('second_factor_failed')
  const wrong = { userId, kind, reason: 'wrong' }
  assert.deepEqual(failures.slice(0, 4), [wrong, wrong, wrong, wrong])
  const mails = noticed.filter((one) => one.kind === 'factor_failures')
  assert.deepEqual(
    mails.map(({ facts }) => facts.userId),
    [userId],
  )
  assert.deepEqual(await listAudit('login_failures_notified'), [{ userId, failures: 3 }])
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('A51: wrong codes of an app after a right password are seen, and a few are a mail'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createTotpScene(db)
      const userId = await scene.addUser()
      const app = await scene.addApp(userId)
      const step = createTotpVerifyStep({
        ...scene,
        hasOther: async () => false,
      })
      const right = scene.showCode(app)
      const code = right === '123456' ? '123457' : '123456'
      for (let tries = 0; tries < 4; tries += 1)
        await step.run(scene.context(userId, { answers: { code } }))
      await assertSeen(scene, userId, 'totp')
      // Those that have to wait are aggregated.
      for (let tries = 0; tries < 4; tries += 1)
        await step.run(scene.context(userId, { answers: { code } }))
      const refused = { userId, kind: 'totp', reason: 'throttled' }
      assert.deepEqual((await scene.listAudit('second_factor_failed')).slice(5), [
        { ...refused, times: 1 },
      ])
      await scene.lockout.flush(db, { all: true })
      assert.deepEqual((await scene.listAudit('second_factor_failed')).at(-1), {
        ...refused,
        times: 2,
      })
    },
  )

  test(
    say('A51: wrong recovery codes after a right password are seen, and a few are a mail'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createRecoveryScene(db)
      const userId = await scene.addUser()
      await scene.addCodes(userId)
      for (let tries = 0; tries < 4; tries += 1)
        await scene.confirm(userId, { code: formatCode('ABCDEFGHJKMNPQRS') })
      await assertSeen(scene, userId, 'recovery')
    },
  )

  test(
    say('A51: wrong digits of a pass after a right password are seen, and a few are a mail'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createScene(db, createTestClock())
      const userId = await scene.addUser()
      const store = createDeskPassStore({ ...scene, hasher: instantHasher })
      const step = createDeskPassVerifyStep({
        ...scene,
        store,
        mayHelp: async () => true,
        hasOther: async () => false,
      })
      const answers = { code: '482 913 075 164' }
      for (let tries = 0; tries < 4; tries += 1)
        await step.run(createStepContext(scene, userId, { answers }))
      await assertSeen(scene, userId, 'desk-pass')
    },
  )

  test(
    say('A51: wrong answers of a passkey after a right password are seen, and a few are a mail'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createPasskeyScene(db)
      const userId = await scene.addUser()
      const authenticator = await scene.register(userId)
      const { confirm } = scene.factor
      const { data, options } = await scene.open(confirm, userId)
      const credential = authenticator.get(options, { isPresent: false })
      for (let tries = 0; tries < 4; tries += 1)
        await confirm.run(scene.context(userId, data, { credential }))
      await assertSeen(scene, userId, 'passkey')
    },
  )

  test(
    say(
      'A51: a wrong number on the phone is seen and is a mail, and so is what is held back after it',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createPushScene(db)
      const userId = await scene.addUser()
      const device = await scene.addDevice(userId)
      const attempt = () => createWalk(scene, scene.confirm, userId)
      for (let tries = 0; tries < 3; tries += 1) {
        const walk = attempt()
        await walk.visit()
        await scene.requests.authenticate(signWrongNumber(await walk.challenge(), device))
        scene.clock.pass(minutes(1))
      }
      const [answered] = await scene.listAudit('push_answered')
      assert.equal(answered?.outcome, 'wrong_number')
      assert.equal(scene.noticed.filter(({ kind }) => kind === 'push_wrong_number').length, 3)
      for (let looks = 0; looks < 3; looks += 1) await attempt().visit()
      const [held, ...others] = await scene.listAudit('push_held_back')
      assert.partialDeepStrictEqual(held, { userId, reason: 'limit', times: 1 })
      assert.equal(typeof held?.until, 'number')
      assert.deepEqual(others, [])
    },
  )

  test(
    say('A51: a phone that messages do not reach, or that is left alone, is named as the reason'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = createPushScene(db)
      const userId = await scene.addUser()
      const device = await scene.addDevice(userId)
      await scene.users.blockPush(db, userId, scene.clock.now() + minutes(15))
      await createWalk(scene, scene.confirm, userId).visit()
      await scene.devices.disablePush(db, device.id, device.token)
      await createWalk(scene, scene.confirm, userId).visit()
      const held = await scene.listAudit('push_held_back')
      assert.deepEqual(
        held.map(({ reason }) => reason),
        ['blocked', 'unreachable'],
      )
    },
  )

  test(
    say(
      'A51: logins that are left at the second factor are seen, in time or not, and a few are a mail',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const login = createTestLogin(db)
      const { id: userId } = await login.addUser('erika')
      await login.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
      const device = {
        mechanismUid: 'phone',
        deviceId: 'http://phones.example/1',
        deviceType: 'android',
        communicationType: 'gcm',
        deviceName: 'Pixel 9',
      } as const
      const { devices } = login.factors.push
      await devices.activate(db, await devices.add(db, userId, device, new Uint8Array(32)))
      const begin = async () => {
        const tab = openTab(login, office)
        const view = await tab.begin({ username: 'erika', appId: 'mail' })
        assert.equal(view.type === 'page' && view.step, 'push/confirm')
        return tab
      }
      await (await begin()).answer({ action: 'cancel' })
      const left = { userId, reason: 'left' }
      assert.deepEqual(await login.listAudit('login_abandoned'), [left])
      const begunAt = [login.clock.now()]
      await begin()
      login.pass(minutes(1))
      begunAt.push(login.clock.now())
      await begin()
      await login.noteExpiredLogins()
      assert.deepEqual(await login.listAudit('login_abandoned'), [left])
      login.pass(hours(1))
      await Promise.all([login.noteExpiredLogins(), login.noteExpiredLogins()])
      const expired = (await login.listAudit('login_abandoned')).slice(1)
      assert.deepEqual(
        expired.map(({ reason, begunAt: at }) => [reason, at]).toSorted(),
        begunAt.map((at) => ['expired', at]),
      )
      assert.deepEqual(
        login.noticed.map(({ kind }) => kind).filter((kind) => kind === 'factor_failures'),
        ['factor_failures'],
      )
      await login.settle()
    },
  )

  test(
    say(
      'A51: a login that a right second factor follows is no failure, nor is an offer that is left',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const login = createTestLogin(db)
      await login.addUser('erika')
      await login.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
      const view = await openTab(login, office).begin({ username: 'erika', appId: 'mail' })
      assert.equal(view.type === 'page' && view.step, 'second-factor/offer')
      login.pass(hours(1))
      await login.noteExpiredLogins()
      assert.deepEqual(await login.listAudit('login_abandoned'), [])
    },
  )
})
