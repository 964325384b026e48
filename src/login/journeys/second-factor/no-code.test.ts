/** A user whose last second factor was removed: the page for a code says why, and offers other steps. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, createLostPhoneScene, order } from '../../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { listPrompts, openTab } from '../../../dev/test-support/tab.ts'
import { message } from '../../../platform/ui/message.ts'
import type { JourneyView } from '../../engine/view.ts'

const beginning = { username: 'erika', appId: 'required' }

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)
const titleOf = (view: JourneyView) => (view.type === 'page' ? view.form.title.key : view.type)
const leadOf = (view: JourneyView) => (view.type === 'page' ? view.form.lead : undefined)

const actionsOn = (view: JourneyView) =>
  listPrompts(view).flatMap((prompt) =>
    prompt.type === 'choice' ? prompt.options.map(({ value }) => value) : [],
  )

const referenceOn = (view: JourneyView) =>
  listPrompts(view).flatMap((prompt) => (prompt.type === 'desk' ? [prompt.reference] : []))

onEachEngine((engine) => {
  type Scene = Awaited<ReturnType<typeof createLostPhoneScene>>
  const on = (name: string, run: (scene: Scene) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const scene = await createLostPhoneScene((await engine.open(t)).db)
      await scene.addPhone()
      await run(scene)
    })

  on(
    'after a removal, the page for a code says since when and why it asks for one',
    async (scene) => {
      await scene.addCodes()
      const day = scene.login.clock.now()
      await scene.reset()
      const page = await openTab(scene.login).begin(beginning)
      assert.equal(stepOf(page), 'recovery/confirm')
      const lead = message('recovery.lead')
      assert.deepEqual(leadOf(page), message('no_code.why', { day, lead }))
      assert.deepEqual(actionsOn(page), ['confirm', 'no_code', 'cancel'])
    },
  )

  on('a user without a code gets a page for the service desk with a reference', async (scene) => {
    await scene.addCodes()
    await scene.reset()
    const tab = openTab(scene.login)
    await tab.begin(beginning)
    const page = await tab.answer({ action: 'no_code', code: '' })
    assert.deepEqual([stepOf(page), titleOf(page)], ['second-factor/trouble', 'no_code.title'])
    assert.deepEqual(actionsOn(page), ['pass', 'back'])
    assert.match(referenceOn(page)[0] ?? '', /^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/)
    for (const action of ['lost', 'renewed', 'use_old', 'register']) {
      await tab.answer({ action })
      if (action === 'use_old') await tab.answer({ action: 'no_code' })
      assert.equal(titleOf(await tab.look()), 'no_code.title', action)
    }
    const early = await tab.answer({ action: 'pass' })
    assert.equal(titleOf(early), 'factor.still_nothing.title')
    assert.deepEqual(referenceOn(early), referenceOn(page))
    const { code } = await scene.passes.issue(alice, 'erika', order)
    assert.equal(stepOf(await tab.answer({ action: 'pass' })), 'desk-pass/confirm')
    const again = await tab.answer({ action: 'no_code' })
    assert.deepEqual(actionsOn(again), ['recovery', 'pass', 'back'])
    assert.equal(stepOf(await tab.answer({ action: 'pass' })), 'desk-pass/confirm')
    assert.equal(stepOf(await tab.answer({ action: 'confirm', code })), 'second-factor/offer')
  })

  on(
    'if codes are locked, the page has no field but a button to the service desk page',
    async (scene) => {
      await scene.addCodes()
      await scene.reset()
      const tab = openTab(scene.login)
      await tab.begin(beginning)
      const wrong = { action: 'confirm', code: 'ABCD-EFGH-JKMN-PQRT' }
      await tab.answer(wrong)
      await scene.lockFactors()
      const page = await tab.answer(wrong)
      assert.deepEqual(actionsOn(page), ['no_code', 'cancel'])
      assert.ok(!listPrompts(page).some(({ type }) => type === 'text'))
      assert.equal(referenceOn(await tab.answer({ action: 'no_code' })).length, 1)
    },
  )

  on('the back button of the service desk page leads to the page for a code', async (scene) => {
    await scene.addCodes()
    await scene.reset()
    const tab = openTab(scene.login)
    await tab.begin(beginning)
    await tab.answer({ action: 'no_code', code: '' })
    assert.equal(stepOf(await tab.answer({ action: 'back' })), 'recovery/confirm')
  })

  on(
    'if the user has no code, the page shows the day of the removal and the reference',
    async (scene) => {
      const day = scene.login.clock.now()
      await scene.reset()
      const tab = openTab(scene.login)
      const page = await tab.begin(beginning)
      assert.equal(titleOf(page), 'factor.all_removed.title')
      const [notice] = listPrompts(page)
      assert.deepEqual(notice?.type === 'notice' && notice.text, {
        key: 'factor.all_removed.text',
        values: { day },
      })
      assert.deepEqual(actionsOn(page), ['retry', 'cancel'])
      assert.equal(referenceOn(page).length, 1)
      assert.deepEqual(referenceOn(await tab.answer({ action: 'retry' })), referenceOn(page))
    },
  )

  on(
    'the page does not mention the removal to a user with another second factor',
    async (scene) => {
      await scene.addCodes()
      const tab = openTab(scene.login)
      await tab.begin(beginning)
      await tab.answer({ action: 'other' })
      const page = await tab.answer({ action: 'recovery' })
      assert.deepEqual(leadOf(page), message('recovery.lead'))
      assert.deepEqual(actionsOn(page), ['confirm', 'other', 'no_code', 'cancel'])
      assert.deepEqual(actionsOn(await tab.answer({ action: 'no_code' })), ['totp', 'pass', 'back'])
    },
  )
})
