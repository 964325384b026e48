/** The first login and the second, and a request that came to nothing: what each costs a person until the app is open. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { minutes } from '../src/platform/kernel/clock.ts'
import { type MessageKey, message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { showsWayOn, type Task, testTask } from './support/effort.ts'
import { showsNothingWrong } from './support/faults.ts'
import {
  comeBackAfter,
  erika,
  readPushUri,
  readText,
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

/** The keys of a login by name and password: all characters, Tab and Enter. */
const typed = [...erika.username, ...erika.password].length + 2

function untilTitle({ page, say }: Task, title: MessageKey): Promise<void> {
  return page.getByRole('heading', { name: say(message(title)) }).waitFor()
}

/** Erika has a phone; by keyboard she has come to the page behind the password. */
async function logIn({ page, hands }: Task, stage: Stage): Promise<void> {
  await page.goto(`${stage.webmail}/login`)
  await hands.signIn(erika)
}

/** Answers with the number that the page shows, and is in the app. */
async function enter({ page, hands }: Task, stage: Stage, phone: TerminalPhone): Promise<void> {
  await page.locator('.number').waitFor()
  await hands.answer(phone, await shownNumber(page))
  await page.waitForURL(`${stage.webmail}/**`)
  const app = await readText(page, 'body')
  assert.match(app, /Erika Mustermann/)
  assert.match(app, /urn:einlass:acr:number/)
  assert.match(app, /pwd swk user mfa/)
}

testTask('first login', open, async (task) => {
  const { t, page, hands } = task
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  await page.goto(`${stage.webmail}/login`)
  await showsNothingWrong(page)
  await hands.signIn(erika)
  await untilTitle(task, 'choice.title')
  await showsWayOn(page, 'button[value=register]')
  await hands.choose('register')
  await untilTitle(task, 'enrol.phone.title')
  await showsNothingWrong(page)
  phone.scan(await readPushUri(page))
  await page.locator('.number').waitFor()
  await showsWayOn(page, '.number')
  await hands.answer(phone, await shownNumber(page))
  await untilTitle(task, 'done.title')
  await showsWayOn(page, 'button[value=left]')
  await hands.choose('left')
  await page.waitForURL(`${stage.webmail}/**`)
  const app = await readText(page, 'body')
  assert.match(app, /urn:einlass:acr:number/)
  assert.match(app, /pwd swk user mfa/)
  assert.deepEqual(hands.count(), { clicks: 2, keys: typed, answers: 1 })
})

testTask('second login, and a second app', open, async (task) => {
  const { t, page, hands, say, language } = task
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  await prepareErika(stage, phone, { language })
  await logIn(task, stage)
  await page.locator('.number').waitFor()
  await showsWayOn(page, '.number')
  const browserName = say(message('browser.on', { browser: 'Chrome', system: 'Linux' }))
  const place = { de: 'Dieser Rechner', en: 'This computer' }[language]
  await phone.says(new RegExp(`Webmail[^]*${browserName}[^]*${place}`))
  await page.getByText(say(message('push.status.sent', { device: 'Erikas Telefon' }))).waitFor()
  await enter(task, stage, phone)
  assert.deepEqual(hands.count(), { clicks: 0, keys: typed, answers: 1 })

  await page.goto(`${stage.portal}/login`)
  await page.waitForURL(`${stage.portal}/**`)
  assert.match(await readText(page, 'body'), /Erika Mustermann/)
  assert.deepEqual(hands.count(), { clicks: 0, keys: typed, answers: 1 }, 'nothing more is asked')
})

testTask('expired request', open, async (task) => {
  const { t, page, hands } = task
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  await prepareErika(stage, phone)
  await logIn(task, stage)
  await page.locator('.number').waitFor()
  await phone.says(/to deny/)
  await comeBackAfter(stage, page, minutes(3))
  await untilTitle(task, 'push.expired.title')
  await showsWayOn(page, 'button[value=resend]')
  await phone.listen()
  await hands.choose('resend')
  await enter(task, stage, phone)
  assert.deepEqual(hands.count(), { clicks: 1, keys: typed, answers: 1 })
})

testTask('undelivered message', open, async (task) => {
  const { t, page, hands } = task
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  await prepareErika(stage, phone)
  await phone.end()
  await logIn(task, stage)
  await untilTitle(task, 'push.undelivered.title')
  assert.equal(await page.locator('.number:visible').count(), 0)
  await showsWayOn(page, 'button[value=resend]')
  await showsWayOn(page, 'button[value=trouble]')
  // The phone was off. It is on now.
  await phone.listen()
  await hands.choose('resend')
  await enter(task, stage, phone)
  assert.deepEqual(hands.count(), { clicks: 1, keys: typed, answers: 1 })
})

testTask('wrong number', open, async (task) => {
  const { t, page, hands, say } = task
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  await prepareErika(stage, phone)
  await logIn(task, stage)
  await page.locator('.number').waitFor()
  const shown = await shownNumber(page)
  const offered = (await phone.says(/1\) \d+\s+2\) \d+\s+3\) \d+/)).match(/\d{2}/g) ?? []
  await hands.answer(phone, offered.find((number) => number !== shown) ?? '')
  await untilTitle(task, 'push.wrong_number.title')
  assert.equal(await page.locator('button[value=resend]').count(), 0, 'the login has to start over')
  const restart = page.getByRole('link', { name: say(message('approval.restart')) })
  await showsWayOn(page, restart)
  await hands.click(restart)
  await untilTitle(task, 'login.title')
  await hands.signIn(erika)
  await enter(task, stage, phone)
  assert.deepEqual(hands.count(), { clicks: 1, keys: 2 * typed, answers: 2 })
})
