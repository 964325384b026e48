/** A caller at the service desk, who reads out what the page shows: real commands beside the browser, up to the app. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { createUsers } from '../src/identity/users/users.ts'
import { hours } from '../src/platform/kernel/clock.ts'
import { launchChromium } from './support/browser.ts'
import { openServiceDesk, type ServiceDesk } from './support/desk.ts'
import { showsWayOn, type Task, testTask } from './support/effort.ts'
import {
  erika,
  readPushUri,
  readText,
  type Stage,
  setStage,
  shownNumber,
  type TerminalPhone,
} from './support/guide.ts'
import { prepareErika } from './support/prepared.ts'
import { waitForPhone } from './support/waiting-scene.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const open = () => browser
const typedKeys = [...erika.username, ...erika.password].length + 2
/** Twelve digits in groups of three, and Enter. */
const passKeys = 16

/** A login was reported as not Erika's, so nothing is sent to her phones for an hour. */
async function leavePhonesAlone({ demo }: Stage): Promise<void> {
  const { database, ...parts } = demo.parts.platform
  const users = createUsers(parts)
  const user = await users.findByName(database.db, erika.username)
  assert.ok(user)
  await users.blockPush(database.db, user.id, Date.now() + hours(1))
}

/** The caller chooses any number on the phone and reads it out; the operator types it. */
async function verifyCaller(
  { hands }: Task,
  desk: ServiceDesk,
  { phone, reference }: { readonly phone: TerminalPhone; readonly reference: string },
): Promise<void> {
  const asked = desk.converse(['verify-caller', erika.username, '--login', reference])
  const [, chosen = ''] = /2\) (\d+)/.exec(await phone.says(/2\) \d+/)) ?? []
  await hands.answer(phone, chosen)
  await asked.untilAsked(/The number that the caller reads out: $/)
  asked.type(chosen)
  const { code, stdout } = await asked.ended
  assert.equal(code, 0, asked.asked())
  assert.match(stdout, /^Verified/)
}

/** Gives the digits as the operator reads them out. */
async function issuePass(desk: ServiceDesk, more: readonly string[] = []): Promise<string> {
  const order = ['--reason', 'phone not at hand, verified at the telephone']
  const printed = await desk.run(['pass', 'issue', erika.username, ...order, ...more])
  return /: (\d{3} \d{3} \d{3} \d{3})\n/.exec(printed)?.[1] ?? ''
}

testTask('caller at the desk, whose phone no login may ask', open, async (task) => {
  const { t, page, hands } = task
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  await prepareErika(stage, phone)
  await leavePhonesAlone(stage)
  const desk = await openServiceDesk(t, stage)
  await page.goto(`${stage.webmail}/login`)
  await hands.signIn(erika)
  await showsWayOn(page, 'button[value=trouble]')
  await hands.choose('trouble')
  await showsWayOn(page, '.reach .ref')
  await hands.choose('away')
  await showsWayOn(page, '.reach .ref')
  await showsWayOn(page, 'button[value=pass]')

  const reference = await readText(page, '.reach .ref')
  const shown = await desk.run(['login', 'show', reference])
  assert.match(shown, new RegExp(`User: +${erika.username}`))
  assert.match(shown, /App: +Webmail/)
  assert.match(shown, /Says: +no network or battery/)
  assert.match(shown, /State: +under way/)
  await verifyCaller(task, desk, { phone, reference })
  const pass = await issuePass(desk, ['--login', reference, '--yes'])

  await hands.choose('pass')
  await page.locator('[name=code]').waitFor()
  await showsWayOn(page, 'button[value=confirm]')
  await hands.type(pass)
  await hands.press('Enter')
  await page.locator('.codes').waitFor()
  await hands.choose('back')
  await page.waitForURL(`${stage.webmail}/**`)
  assert.deepEqual(hands.count(), { clicks: 4, keys: typedKeys + passKeys, answers: 1 })
})

testTask('stolen phone, with a pass to a new phone', open, async (task) => {
  const { t, page, hands } = task
  const { stage, earlier } = await waitForPhone(task)
  const desk = await openServiceDesk(t, stage)
  await hands.choose('trouble')
  await hands.choose('lost')
  await showsWayOn(page, '.reach .ref')
  const reference = await readText(page, '.reach .ref')
  assert.match(await desk.run(['login', 'show', reference]), /Says: +lost or stolen/)
  const pass = await issuePass(desk, ['--login', reference, '--yes'])

  await hands.choose('pass')
  await page.locator('[name=code]').waitFor()
  await hands.type(pass)
  await hands.press('Enter')
  await page.locator('a[href^="pushauth:"]').first().waitFor({ state: 'attached' })
  assert.match((await earlier.get('/')).location ?? '', /^\/login/, 'the thief is out')
  const phone = stage.phone('new')
  phone.scan(await readPushUri(page))
  await page.locator('.number').waitFor()
  await hands.answer(phone, await shownNumber(page))
  await showsWayOn(page, 'button[value=left]')
  await hands.choose('left')
  await page.waitForURL(`${stage.webmail}/**`)
  assert.deepEqual(hands.count(), { clicks: 4, keys: typedKeys + passKeys, answers: 1 })
})
