/** A phone that is not at hand: what a person does then, in both languages, on a laptop and on a phone, with its cost. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createUsers } from '../src/identity/users/users.ts'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { showsWayOn, testTask } from './support/effort.ts'
import { erika, leaveDone, readPushUri, readText, shownNumber } from './support/guide.ts'
import { waitForPhone } from './support/waiting-scene.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

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
