/** A phone that is not at hand: what a person does then, in both languages, on a laptop and on a phone, with its cost. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createUsers } from '../src/identity/users/users.ts'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { showsWayOn, type Task, testTask } from './support/effort.ts'
import {
  connectPhone,
  erika,
  leaveDone,
  readPushUri,
  readText,
  type Stage,
  setStage,
  shownNumber,
  signIn,
  type TerminalPhone,
} from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

interface Scene {
  readonly stage: Stage
  readonly phone: TerminalPhone
}

/** Erika has a phone and nothing else; her browser is at the page that waits for it. */
async function waitForPhone({ t, page, hands }: Task): Promise<Scene> {
  const stage = await setStage(t)
  const phone = stage.phone('erika')
  await page.goto(`${stage.webmail}/login`)
  await signIn(page, erika)
  await connectPhone(page, phone)
  await page.waitForURL(`${stage.webmail}/**`)
  await phone.listen()
  await page.context().clearCookies()
  await page.goto(`${stage.webmail}/login`)
  await hands.signIn(erika)
  await page.locator('.number').waitFor()
  await showsWayOn(page, 'button[value=trouble]')
  return { stage, phone }
}

const reads = (page: Page, text: string) => page.getByText(text, { exact: false }).first().waitFor()

testTask(
  'the phone has no battery, and there is nothing else',
  () => browser,
  async (task) => {
    const { page, hands, say } = task
    const { stage, phone } = await waitForPhone(task)
    await hands.choose('trouble')
    await page.locator('.reach').waitFor()
    await showsWayOn(page, '.reach .ref')
    await hands.choose('away')
    await reads(page, say(message('trouble.away.none')))
    await showsWayOn(page, '.reach .ref')
    await hands.choose('again')
    // The same request: the phone is charged by now.
    await page.locator('.number').waitFor()
    await hands.answer(phone, await shownNumber(page))
    await page.waitForURL(`${stage.webmail}/**`)
    assert.equal(hands.count().clicks, 3)
  },
)

testTask(
  'the phone is stolen, and there is nothing else',
  () => browser,
  async (task) => {
    const { page, hands, say } = task
    const { stage } = await waitForPhone(task)
    await hands.choose('trouble')
    await hands.choose('lost')
    await reads(page, say(message('trouble.lost.desk')))
    await showsWayOn(page, '.reach .ref')
    const { db } = stage.demo.parts.platform.database
    const row = await db.selectFrom('login_references').selectAll().executeTakeFirst()
    const user = await createUsers(stage.demo.parts.platform).findByName(db, erika.username)
    assert.deepEqual([row?.user_id, row?.reason], [user?.id, 'lost'])
    const read = (await readText(page, '.reach .ref')).replace('-', '')
    assert.equal(row?.reference, read)
    assert.equal(hands.count().clicks, 2)
  },
)

testTask(
  'a new phone, with the old one in hand',
  () => browser,
  async (task) => {
    const { page, hands } = task
    const { stage, phone } = await waitForPhone(task)
    await hands.choose('trouble')
    await hands.choose('renewed')
    await showsWayOn(page, '.reach .ref')
    await hands.choose('use_old')
    await page.locator('.number').waitFor()
    await hands.answer(phone, await shownNumber(page))
    await page.locator('a[href^="pushauth:"]').first().waitFor({ state: 'attached' })
    const next = stage.phone('new')
    next.scan(await readPushUri(page))
    await page.locator('.number').waitFor()
    await hands.answer(next, await shownNumber(page))
    await leaveDone(page)
    await page.waitForURL(`${stage.webmail}/**`)
    const { db } = stage.demo.parts.platform.database
    const devices = await db
      .selectFrom('push_devices')
      .select('id')
      .where('status', '=', 'active')
      .execute()
    assert.equal(devices.length, 1, 'the old one is replaced')
    assert.equal(hands.count().clicks, 3)
  },
)
