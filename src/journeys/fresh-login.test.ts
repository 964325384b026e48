import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../test/support/account.ts'
import type { Proof } from '../engine/store.ts'
import { drawCodes } from '../factors/recovery/codes.ts'
import { minutes } from '../kernel/clock.ts'
import type { Id } from '../kernel/ids.ts'
import { systemRandom } from '../kernel/random.ts'
import { acrNumber, acrPassword, acrPossession } from '../policy/assurance.ts'
import type { Database } from '../storage/database.ts'
import { onEachEngine } from '../storage/on-each-engine.ts'

/** Erika has a phone; a login is fresh for 15 minutes. */
async function setUp(db: Database) {
  const scene = await createAccountScene(db)
  await scene.addPhone('Nokia')
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
      assert.equal(await store.leftOf(db, scene.erika.id), undefined)
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
