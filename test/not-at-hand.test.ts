/** A phone that is not at hand: what a person does then, in both languages, on a laptop and on a phone, with its cost. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { type Hands, showsWayOn, type Task, testTask } from './support/effort.ts'
import { showsNothingWrong } from './support/faults.ts'
import { erika, readPushUri, type Stage, shownNumber } from './support/guide.ts'
import { type WaitingScene, waitForPhone } from './support/waiting-scene.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const open = () => browser

/** To the page of trouble. */
async function seekHelp(task: Task, having: { readonly hasCodes: boolean }): Promise<WaitingScene> {
  const scene = await waitForPhone(task, having)
  const { page, hands } = task
  await hands.choose('trouble')
  await page.locator('.reach').waitFor()
  await showsWayOn(page, '.reach .ref')
  return scene
}

const [withCodes, withoutCodes] = [{ hasCodes: true }, { hasCodes: false }]
const signInKeys = [...erika.username, ...erika.password].length + 2
/** Sixteen characters in four groups, and Enter. */
const codeKeys = 20

const reads = (page: Page, text: string) => page.getByText(text, { exact: false }).first().waitFor()

/** From the page that says which other ways there are to the one after a recovery code. */
async function useCode({ page, hands }: Task, code: string): Promise<void> {
  await showsWayOn(page, 'button[value=recovery]')
  await hands.choose('recovery')
  await page.locator('[name=code]').waitFor()
  await showsWayOn(page, 'button[value=confirm]')
  await hands.type(code)
  await hands.press('Enter')
}

/** From the page with the QR code into the app. */
async function connectNewPhone(page: Page, hands: Hands, stage: Stage): Promise<void> {
  await page.locator('a[href^="pushauth:"]').first().waitFor({ state: 'attached' })
  const phone = stage.phone('new')
  phone.scan(await readPushUri(page))
  await page.locator('.number').waitFor()
  await hands.answer(phone, await shownNumber(page))
  await showsWayOn(page, 'button[value=left]')
  await hands.choose('left')
  await page.waitForURL(`${stage.webmail}/**`)
}

/** The old phone is replaced, and what rested on it has ended. */
async function hasNothingOld({ stage, earlier }: WaitingScene): Promise<void> {
  const { db } = stage.demo.parts.platform.database
  const active = db.selectFrom('push_devices').select('id').where('status', '=', 'active')
  assert.equal((await active.execute()).length, 1)
  assert.match((await earlier.get('/')).location ?? '', /^\/login/)
}

testTask('no battery, without codes', open, async (task) => {
  const { page, hands, say } = task
  const { stage, phone } = await seekHelp(task, withoutCodes)
  await hands.choose('away')
  await reads(page, say(message('trouble.away.none')))
  await showsWayOn(page, '.reach .ref')
  await hands.choose('again')
  // The same request: the phone is charged by now.
  await page.locator('.number').waitFor()
  await hands.answer(phone, await shownNumber(page))
  await page.waitForURL(`${stage.webmail}/**`)
  assert.deepEqual(hands.count(), { clicks: 3, keys: signInKeys, answers: 1 })
})

testTask('no battery, with codes', open, async (task) => {
  const { page, hands } = task
  const { stage, code, earlier } = await seekHelp(task, withCodes)
  await hands.choose('away')
  await useCode(task, code)
  await reads(page, task.say(message('codes.left', { left: 9 })))
  await showsNothingWrong(page)
  await hands.choose('next')
  await page.waitForURL(`${stage.webmail}/**`)
  assert.deepEqual(hands.count(), { clicks: 4, keys: signInKeys + codeKeys, answers: 0 })
  assert.equal((await earlier.get('/')).status, 200, 'the phone is still hers')
})

testTask('lost phone, with codes, to a new phone', open, async (task) => {
  const { page, hands } = task
  const scene = await seekHelp(task, withCodes)
  await hands.choose('lost')
  await useCode(task, scene.code)
  await reads(page, task.say(message('lost.text.named', { device: 'Erikas Telefon' })))
  await showsWayOn(page, 'button[value=later]')
  await connectNewPhone(page, hands, scene.stage)
  assert.deepEqual(hands.count(), { clicks: 4, keys: signInKeys + codeKeys, answers: 1 })
  await hasNothingOld(scene)
})

testTask('new phone, with the old one', open, async (task) => {
  const { page, hands } = task
  const scene = await seekHelp(task, withoutCodes)
  await hands.choose('renewed')
  await showsWayOn(page, 'button[value=use_old]')
  await showsWayOn(page, '.reach .ref')
  await hands.choose('use_old')
  await page.locator('.number').waitFor()
  await hands.answer(scene.phone, await shownNumber(page))
  await connectNewPhone(page, hands, scene.stage)
  assert.deepEqual(hands.count(), { clicks: 4, keys: signInKeys, answers: 2 })
  await hasNothingOld(scene)
})

testTask('new phone, without the old one, with codes', open, async (task) => {
  const { page, hands } = task
  const scene = await seekHelp(task, withCodes)
  await hands.choose('renewed')
  await useCode(task, scene.code)
  await connectNewPhone(page, hands, scene.stage)
  assert.deepEqual(hands.count(), { clicks: 4, keys: signInKeys + codeKeys, answers: 1 })
  await hasNothingOld(scene)
})

testTask('new phone, without the old one or codes, up to the call', open, async (task) => {
  const { page, hands, say } = task
  await seekHelp(task, withoutCodes)
  await hands.choose('renewed')
  await reads(page, say(message('trouble.renewed.desk')))
  await showsWayOn(page, '.reach .ref')
  await showsWayOn(page, 'button[value=pass]')
  await hands.choose('pass')
  await reads(page, say(message('factor.still_nothing.title')))
  await showsWayOn(page, '.reach .ref')
  assert.deepEqual(hands.count(), { clicks: 3, keys: signInKeys, answers: 0 })
})
