import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { acrNumber, acrPassword, acrPossession } from '../../identity/policy/assurance.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { Proof } from '../engine/proofs.ts'
import { drawCodes } from '../factors/recovery/codes.ts'

/** Erika has a phone; a login is fresh for 15 minutes. */
async function setUp(db: Database) {
  const scene = await createAccountScene(db)
  await scene.addPhone('Nokia')
  // Sessions of before are not older than the password.
  scene.pass(minutes(60))
  async function sessionWith(acr: string, ago = 0) {
    const { sessionId } = await scene.loggedIn({ acr, ago })
    return sessionId
  }
  const prove = (sessionId: Id<'session'>, factor: 'recovery' | 'totp', ago = 0) => {
    const proof: Proof = {
      userId: scene.erika.id,
      factor,
      strength: 'possession',
      amr: ['otp'],
      authenticatorId: 'one',
      provenAt: scene.clock.now() - ago,
    }
    return scene.journeys.insertProof(db, 'journey', proof, sessionId)
  }
  async function judge(sessionId: Id<'session'>) {
    const session = await scene.sessions.findById(sessionId)
    assert.ok(session)
    return {
      isStrongest: await scene.freshLogin.isStrongest(db, session),
      isFresh: await scene.freshLogin.isFresh(db, session),
    }
  }
  return { ...scene, sessionWith, prove, judge }
}

const both = { isStrongest: true, isFresh: true }
const neither = { isStrongest: false, isFresh: false }

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(say('a fresh login is one of 15 minutes and of the strongest factor'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    assert.deepEqual(await scene.judge(await scene.sessionWith(acrNumber, minutes(15))), both)
    const old = await scene.sessionWith(acrNumber, minutes(15) + 1)
    assert.deepEqual(await scene.judge(old), { isStrongest: true, isFresh: false })
    for (const acr of [acrPassword, acrPossession])
      assert.deepEqual(await scene.judge(await scene.sessionWith(acr)), neither)
  })

  test(say('a recovery code stands for the strongest factor, a code app does not'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const byCodeApp = await scene.sessionWith(acrPossession)
    await scene.prove(byCodeApp, 'totp')
    assert.deepEqual(await scene.judge(byCodeApp), neither)
    const byPaper = await scene.sessionWith(acrPossession)
    await scene.prove(byPaper, 'recovery')
    assert.deepEqual(await scene.judge(byPaper), both)
  })

  test(
    say('it stands only for the login in which it was used, and makes none younger'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const before = await scene.sessionWith(acrPossession)
      await scene.prove(before, 'recovery', minutes(15) + 1)
      assert.deepEqual(await scene.judge(before), neither)
      const old = await scene.sessionWith(acrPossession, minutes(16))
      await scene.prove(old, 'recovery')
      assert.deepEqual(await scene.judge(old), { isStrongest: true, isFresh: false })
      const elsewhere = await scene.sessionWith(acrPossession)
      assert.deepEqual(await scene.judge(elsewhere), neither, 'another session')
    },
  )

  test(say('where there is no second factor the password is the strongest'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const session = await scene.sessionWith(acrPassword)
    await db.updateTable('push_devices').set({ status: 'removed' }).execute()
    assert.deepEqual(await scene.judge(session), both)
  })

  test(
    say('a password that counts no more makes a session old, however fresh it is'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const session = await scene.sessionWith(acrNumber)
      await scene.users.requirePasswordChange(db, scene.erika.id)
      const stale = { isStrongest: true, isFresh: false }
      assert.deepEqual(await scene.judge(session), stale)
      await db.updateTable('users').set({ password_change_required: 0 }).execute()
      assert.deepEqual(await scene.judge(session), both)
      scene.pass(1)
      await scene.passwords.set(db, scene.erika.id, 'hash of another')
      assert.deepEqual(await scene.judge(session), stale)
      assert.deepEqual(await scene.judge(await scene.sessionWith(acrNumber)), both)
    },
  )

  test(
    say('a session whose password has to be changed adds nothing before a login with a new one'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createAccountScene(db)
      const path = '/account/authenticators/add/push'
      const one = await scene.loggedIn()
      const begun = await one.open(path)
      assert.match(begun.text, /Add a phone/)
      await scene.users.requirePasswordChange(db, scene.erika.id)
      const refused = await one.answer(begun, { action: 'begin' })
      assert.match(refused.text, /name="password"/)
      assert.deepEqual(await db.selectFrom('push_registrations').selectAll().execute(), [])
      const page = await one.open(path)
      assert.match(page.text, /name="password"/)
      const old = { username: 'erika', password: 'password of erika' }
      const renewed = await one.answer(page, old)
      assert.match(renewed.text, /Choose a new password/)
      const words = 'Regenschirm im November'
      const last = await one.answer(renewed, {
        action: 'change',
        password: words,
        password_again: words,
      })
      assert.match(last.text, /Add a phone/)
    },
  )

  test(
    say('codes from before the first second factor end with it, and that is told'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createAccountScene(db, { config: { recovery_codes: 'account' } })
      t.after(scene.settle)
      const { store } = scene.factors.recovery
      const prepared = await store.prepare(drawCodes(systemRandom))
      await db.transaction().execute((tx) => store.replace(tx, scene.erika.id, prepared))
      const one = await scene.loggedIn()
      await scene.connect(one, '/account/authenticators/add/push', scene.createPhone('Nokia'))
      assert.equal(await store.findLeft(db, scene.erika.id), undefined)
      const { data } = await db
        .selectFrom('audit_events')
        .select('data')
        .where('type', '=', 'recovery_codes_removed')
        .executeTakeFirstOrThrow()
      const { id: userId } = scene.erika
      assert.deepEqual(JSON.parse(data), { userId, by: userId, reason: 'first_factor' })
      const activity = await one.open('/account/activity')
      assert.match(activity.text, /Earlier recovery codes ended/)
    },
  )
})
