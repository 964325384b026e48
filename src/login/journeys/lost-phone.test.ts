// The ways back in of a person whose second factor was lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, createLostPhoneScene, order } from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hours } from '../../platform/kernel/clock.ts'

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(
    say('a page that waits for a pass goes on with it, offers a new factor, and takes "later"'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db)
      await scene.addPhone()
      await scene.reset()
      const erika = await scene.enter('required')
      await erika.submit({ action: 'retry' })
      assert.equal(erika.error(), 'factor.still_nothing.title')
      const { code } = await scene.passes.issue(alice, 'erika', order)
      await erika.submit({ action: 'retry' })
      assert.equal(erika.where(), 'desk-pass/confirm')
      await erika.submit({ code, action: 'confirm' })
      assert.equal(erika.where(), 'second-factor/offer')
      assert.ok(erika.options().includes('later'))
      assert.ok(!erika.options().includes('skip'))
      await erika.submit({ action: 'later' })
      assert.equal(erika.where(), 'finished')
      assert.equal(await scene.skipsUsed(), 0)
      const [session] = await db.selectFrom('sessions').selectAll().execute()
      assert.equal(session?.acr, 'urn:einlass:acr:possession')
      assert.equal((await scene.enter('required')).title(), 'factor.all_removed.title')
      const [pass] = await scene.passes.list(alice, 'erika')
      assert.equal(pass?.state, 'used')
    },
  )

  test(
    say('where a stronger factor is required, a pass leads to its enrolment and not past it'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db)
      await scene.addPhone()
      await scene.reset()
      const { code } = await scene.passes.issue(alice, 'erika', order)
      const erika = await scene.enter('strong')
      await erika.submit({ code, action: 'confirm' })
      assert.equal(erika.where(), 'second-factor/offer')
      assert.deepEqual(erika.options(), ['passkey'])
      await erika.submit({ action: 'later' })
      assert.equal(erika.where(), 'second-factor/offer')
      assert.equal(await scene.countSessions(), 0)
    },
  )

  test(
    say('recovery codes survive a reset and are asked for, unless they were removed with it'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db)
      await scene.addPhone()
      await scene.addCodes()
      await scene.reset()
      assert.equal((await scene.enter('required')).where(), 'recovery/confirm')
      await scene.addPhone()
      await scene.reset(true)
      assert.equal((await scene.enter('required')).title(), 'factor.all_removed.title')
    },
  )

  test(
    say('in the hours of a pass it lets in again and again, where this is configured'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createLostPhoneScene(db, { pass: 'hours' })
      await scene.addPhone()
      const { code, isSingleUse } = await scene.passes.issue(alice, 'erika', order)
      assert.equal(isSingleUse, false)
      for (const at of [1, 2]) {
        const erika = await scene.enter('required')
        await erika.usePass(code.replaceAll(' ', '-'))
        assert.equal(erika.where(), 'finished')
        assert.equal(await scene.countSessions(), at)
      }
      const [session] = await db.selectFrom('sessions').select('amr').execute()
      assert.equal(session?.amr, '["pwd","mfa"]')
      scene.login.pass(hours(8))
      const late = await scene.enter('required')
      assert.ok(!late.options().includes('other'))
    },
  )

  test(say('the first enrolment ever asks for no pass'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createLostPhoneScene(db)
    assert.equal((await scene.enter('required')).where(), 'second-factor/offer')
    assert.equal((await scene.reset()).needsPass, false)
    assert.equal((await scene.enter('required')).where(), 'second-factor/offer')
  })
})
