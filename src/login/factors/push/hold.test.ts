/** A phone that cannot be asked before a certain time: its button shows this time, and a page that refuses shows it too. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import {
  createPhone,
  createPushScene,
  type PushScene,
} from '../../../dev/test-support/push-scene.ts'
import {
  beginLogin,
  createWalk,
  listPrompts,
  type Visited,
} from '../../../dev/test-support/push-walk.ts'
import { createStepContext } from '../../../dev/test-support/scene.ts'
import { minutes, seconds } from '../../../platform/kernel/clock.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import type { HeldBackFacts } from '../approval/held-back.ts'
import { createFindHold } from '../approval/hold.ts'
import type { SendResult } from '../approval/sending/sender.ts'
import { findScene } from './approval.ts'

const german = createTranslator('de', { timeZone: () => 'UTC' })
const refused: SendResult = { type: 'failed', reason: 'x', retryable: false, isRefused: true }

/** The labels of a page with their values and looks, as a person reads them. */
const listButtons = (page: Visited) =>
  listPrompts(page).flatMap((prompt) =>
    prompt.type === 'choice'
      ? prompt.options.map(({ label, look }) => `${look}: ${german(label)}`)
      : [],
  )

/** Sends three messages, so that the budget of ten minutes is used up. It has room again at 08:10. */
async function useUp(scene: PushScene) {
  const { device, walk } = await beginLogin(scene)
  scene.clock.time -= 1
  const phone = createPhone({ deviceName: 'Work phone' })
  const second = await scene.addDevice(device.userId, { phone })
  scene.clock.time += 1
  await scene.devices.noteUse(scene.db, device.id)
  const pages = [await walk.visit()]
  for (const pause of [1, 20]) {
    scene.clock.time += seconds(pause)
    pages.push(await walk.visit('resend'))
  }
  return { device, second, walk, pages }
}

/** The buttons that can be pressed when the wait is over. */
const listWaiting = (page: Visited) =>
  listPrompts(page).flatMap((prompt) =>
    prompt.type === 'choice'
      ? prompt.options.filter(({ waits }) => waits).map(({ value }) => value)
      : [],
  )

onEachEngine((engine) => {
  const on = (name: string, run: (scene: PushScene) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      await run(createPushScene(db))
    })

  on(
    'after the last message of the budget the send buttons show when they work again',
    async (scene) => {
      const { walk, pages } = await useUp(scene)
      const free = ['secondary: Noch einmal senden', 'secondary: An „Work phone“ senden']
      const held = [
        'secondary: Noch einmal senden (ab 08:10)',
        'secondary: An „Work phone“ senden (ab 08:10)',
      ]
      assert.deepEqual(
        pages.map((page) => listButtons(page).slice(0, 2)),
        [free, free, held],
      )
      assert.deepEqual(listButtons(await walk.visit()).slice(0, 2), held)
      scene.clock.time += minutes(10)
      assert.equal(listButtons(await walk.visit())[0], 'primary: Noch einmal senden')
    },
  )

  on(
    'an expired page stays when nothing can be sent yet, and has no primary button that cannot work',
    async (scene) => {
      const { walk, second } = await useUp(scene)
      scene.clock.time += minutes(3)
      const page = await walk.visit()
      assert.equal(listButtons(page)[0], 'secondary: Noch einmal senden (ab 08:10)')
      // They are disabled until then, by the time that the notice counts down.
      assert.deepEqual(listWaiting(page), ['resend', `push:${second.id}`])
      const notice = listPrompts(page).find(({ type }) => type === 'notice')
      assert.equal(notice?.type === 'notice' && notice.pause, 399)
      for (const action of ['resend', `push:${second.id}`]) {
        const stays = await walk.visit(action)
        assert.equal(stays.type === 'ask' && stays.form.title.key, 'push.expired.title')
        assert.equal(stays.type === 'ask' && stays.formError?.text.key, 'approval.limit.text')
        assert.equal(stays.type === 'ask' && stays.formError?.retryAfter, 399)
        // The error says it, so the notice of the page does not say it again.
        assert.ok(!listPrompts(stays).some(({ type }) => type === 'notice'))
        assert.deepEqual(listWaiting(stays), ['resend', `push:${second.id}`])
      }
      assert.equal(scene.sent.length, 3)
      assert.equal((await scene.listAudit('push_held_back')).length, 1)
      scene.clock.time += minutes(7)
      await walk.visit('resend')
      assert.equal(scene.sent.length, 4)
    },
  )

  on(
    'the card of a phone shows when the phone can be asked again, and refuses until then',
    async (scene) => {
      const { device, second, walk } = await useUp(scene)
      const noted: HeldBackFacts[] = []
      const findHold = createFindHold({
        kind: 'push',
        sources: { db: scene.db, lockout: scene.lockout, budget: scene.challenges },
        findBudgetKey: async () => scene.rules.budgetKey,
        noteHeldBack: async (facts) => void noted.push(facts),
        async findAsked(context) {
          const found = await findScene(scene.send, 'login', context)
          return found?.state === 'waiting' ? found.device.id : undefined
        },
      })
      const hold = (data = walk.data, id?: string) =>
        findHold(createStepContext(scene, device.userId, { data }), id)
      // The request that is open can be looked at; another phone has to wait, which the page with the open one says.
      assert.equal(await hold(), undefined)
      assert.equal(await hold(walk.data, device.id), undefined)
      const other = await hold(walk.data, second.id)
      assert.equal(other?.hint && german(other.hint), 'Wieder möglich ab 08:10.')
      assert.equal(other?.refuse, undefined)
      // Another login has nothing to show.
      const refusal = await (await hold({}))?.refuse?.()
      assert.equal(refusal?.status, 429)
      assert.equal(refusal?.retryAfter, 579)
      assert.deepEqual(
        noted.map(({ reason }) => reason),
        ['limit'],
      )
      scene.clock.time += minutes(10)
      assert.equal(await hold({}), undefined)
    },
  )

  on('after refused messages no button shows a waiting time', async (scene) => {
    scene.outcome.result = refused
    const { walk } = await beginLogin(scene)
    for (const action of [undefined, 'resend', 'resend']) await walk.visit(action)
    assert.equal(listButtons(await walk.visit())[0], 'primary: Noch einmal senden')
  })

  on('a button shows a limit of a day with its date', async (scene) => {
    const { device } = await beginLogin(scene)
    for (let n = 0; n < 9; n += 1) {
      await createWalk(scene, scene.confirm, device.userId).visit()
      scene.clock.time += minutes(11)
    }
    const page = await createWalk(scene, scene.confirm, device.userId).visit()
    const [first] = listButtons(page)
    assert.equal(first, 'secondary: Noch einmal senden (ab 16. Januar 2027 um 08:00)')
  })
})
