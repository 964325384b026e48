/** The first login, the phone at home and the letter: what a person does, and what it costs. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from './support/browser.ts'
import { type Hands, showsWayOn, testTask } from './support/effort.ts'
import { showsNothingWrong } from './support/faults.ts'
import {
  erika,
  max,
  readPushUri,
  type Stage,
  setStage,
  shownNumber,
  type TerminalPhone,
} from './support/guide.ts'
import { prepareErika } from './support/prepared.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const open = () => browser

/** From the page with the QR code to the one after the test of the phone. */
async function scan(page: Page, hands: Hands, phone: TerminalPhone): Promise<void> {
  phone.scan(await readPushUri(page))
  await page.locator('.number').waitFor()
  await hands.answer(phone, await shownNumber(page))
  await page.locator('button[value=left]').waitFor()
}

/** Erika with a phone and codes on paper, at the login. Gives one of the codes. */
async function erikaWithCode(stage: Stage, page: Page): Promise<string> {
  const { codes } = await prepareErika(stage, stage.phone('old'), { hasCodes: true })
  await page.goto(`${stage.webmail}/login`)
  return codes[0] ?? ''
}

/** By keyboard and mouse to the question what happened. */
async function useCode(page: Page, hands: Hands, code: string): Promise<void> {
  await hands.signIn(erika)
  await hands.choose('other')
  await hands.choose('recovery')
  await page.locator('[name=code]').waitFor()
  await hands.type(code)
  await hands.press('Enter')
  await page.locator('button[value=lost]').waitFor()
}

testTask('first login, with recovery codes', open, async ({ t, page, hands, say }) => {
  const stage = await setStage(t)
  await page.goto(`${stage.webmail}/login`)
  await hands.signIn(erika)
  await hands.choose('register')
  await scan(page, hands, stage.phone('erika'))
  await showsWayOn(page, 'button[value=left]')
  await hands.choose('recovery')
  await page.locator('.codes').waitFor()
  await showsNothingWrong(page)
  await hands.choose('saved')
  await page.getByRole('heading', { name: say({ key: 'done.title' }) }).waitFor()
  await page.getByText(say({ key: 'done.text.codes' })).waitFor()
  assert.equal(await page.locator('.pick.first, .button').count(), 1)
  await hands.choose('left')
  await page.waitForURL(`${stage.webmail}/**`)
  assert.ok(hands.count().clicks <= 4)
})

testTask('phone at home, with a code as another way', open, async ({ t, page, hands, say }) => {
  const stage = await setStage(t)
  await useCode(page, hands, await erikaWithCode(stage, page))
  await showsWayOn(page, 'button[value=home]')
  await page.getByText(say({ key: 'codes.left', values: { left: 9 } })).waitFor()
  await hands.choose('home')
  await page.waitForURL(`${stage.webmail}/**`)
  assert.equal(hands.count().clicks, 3)
})

testTask('set up from the letter, before the day', open, async ({ t, page, hands, say }) => {
  const stage = await setStage(t)
  const { publicUrl } = stage.demo
  await page.goto(`${publicUrl}/start`)
  await showsWayOn(page, 'a[href="/start/set-up"]')
  await hands.choose('/start/set-up')
  await hands.signIn(max)
  await hands.choose('register')
  const phone = stage.phone('max')
  await scan(page, hands, phone)
  await hands.choose('left')
  await page.waitForURL(`${publicUrl}/start`)
  await page.getByRole('heading', { name: say({ key: 'start.ready.title' }) }).waitFor()
  await showsNothingWrong(page)
  await phone.listen()
  await hands.click(page.getByRole('button', { name: say({ key: 'trial.send' }) }))
  await page.locator('.number').waitFor()
  await hands.answer(phone, await shownNumber(page))
  await page.getByText(say({ key: 'trial.approved.title' })).waitFor()
  assert.ok(hands.count().clicks <= 4)
  await hands.choose('back')
  await page.waitForURL(`${publicUrl}/start`)
  await page.getByRole('heading', { name: say({ key: 'start.ready.title' }) }).waitFor()
  await page.getByText(say({ key: 'done.next.push' })).waitFor()
  await showsNothingWrong(page)
})
