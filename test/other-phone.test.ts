/** A person with the other phone in the hand, and one whose app still holds an entry: what each of them costs. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import {
  findNumber,
  findRegistrationUri,
  type PlainBrowser,
} from '../src/dev/test-support/plain-browser.ts'
import { seconds } from '../src/platform/kernel/clock.ts'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { showsWayOn, testTask } from './support/effort.ts'
import {
  erika,
  leaveDone,
  readPushUri,
  type Stage,
  setStage,
  shownNumber,
  signIn,
  type TerminalPhone,
} from './support/guide.ts'
import { prepareErika } from './support/prepared.ts'
import { pathOfPage } from './support/way-in.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const typed = [...erika.username, ...erika.password].length + 2

async function addSecondPhone(
  stage: Stage,
  browser: PlainBrowser,
  { own, work: phone }: { readonly own: TerminalPhone; readonly work: TerminalPhone },
): Promise<void> {
  const begin = await browser.get('/account/authenticators/add/push')
  const asked = await browser.answer(await browser.follow(begin), { action: 'begin' })
  await own.answer(`${findNumber(asked)}`)
  const code = await browser.follow(await browser.get(pathOfPage(asked)))
  phone.scan(findRegistrationUri(code))
  await phone.says(/Registered/)
  const path = pathOfPage(code)
  await phone.answer(`${findNumber(await browser.follow(await browser.get(path)))}`)
  await browser.follow(await browser.get(path))
  const { db } = stage.demo.parts.platform.database
  // An earlier login has asked about it.
  await db.deleteFrom('new_authenticators').execute()
  await db
    .updateTable('push_devices')
    .set({ own_name: 'Diensthandy' })
    .where('created_at', '=', (one) =>
      one.selectFrom('push_devices').select(({ fn }) => fn.max('created_at').as('latest')),
    )
    .execute()
}

testTask(
  'other phone in hand',
  () => browser,
  async ({ t, page, hands, say }) => {
    const stage = await setStage(t)
    const [own, work] = [stage.phone('own'), stage.phone('work')]
    const { earlier } = await prepareErika(stage, own)
    stage.pass(seconds(60))
    await addSecondPhone(stage, earlier, { own, work })
    await work.listen()

    await page.goto(`${stage.webmail}/login`)
    await hands.signIn(erika)
    await page.locator('.status').filter({ hasText: 'Diensthandy' }).waitFor()
    const button = page.getByRole('button', {
      name: say(message('approval.send_to', { device: 'Erikas Telefon' })),
    })
    await button.waitFor()
    await hands.click(button)
    await page.locator('.status').filter({ hasText: 'Erikas Telefon' }).waitFor()
    await hands.answer(own, await shownNumber(page))
    await page.waitForURL(`${stage.webmail}/**`)
    assert.deepEqual(hands.count(), { clicks: 1, keys: typed, answers: 1 })
  },
)

testTask(
  'entry still in the app, of a phone that was not tested yet',
  () => browser,
  async ({ t, page, hands, say }) => {
    const stage = await setStage(t)
    const phone = stage.phone('erika')
    await page.goto(`${stage.webmail}/login`)
    await signIn(page, erika)
    await page.locator('button[value=register]').click()
    phone.scan(await readPushUri(page))
    await page.locator('.number').waitFor()
    await page.goto('about:blank')
    await phone.listen()
    await page.context().clearCookies()

    await page.goto(`${stage.webmail}/login`)
    await hands.signIn(erika)
    await hands.choose('register')
    await page.getByRole('heading', { name: say(message('resume.title')) }).waitFor()
    await showsWayOn(page, 'button[value=resume]')
    await hands.choose('resume')
    await page.locator('.number').waitFor()
    await hands.answer(phone, await shownNumber(page))
    await leaveDone(page)
    await page.waitForURL(`${stage.webmail}/**`)
    assert.equal(hands.count().clicks, 2)
  },
)

testTask(
  'entry still in the app, of a phone that was removed',
  () => browser,
  async ({ t, page, hands, say }) => {
    const stage = await setStage(t)
    const phone = stage.phone('erika')
    await prepareErika(stage, phone)
    const { db } = stage.demo.parts.platform.database
    await db.updateTable('push_devices').set({ status: 'removed' }).execute()

    await page.goto(`${stage.webmail}/login`)
    await hands.signIn(erika)
    await hands.choose('register')
    const uri = await readPushUri(page)
    phone.scan(uri)
    const refusal = await phone.says(/phone remove \S+/)
    const notice = page.locator('.note.warning:visible')
    await showsWayOn(page, '.wait')
    await showsWayOn(page, notice.locator('h2'))
    const text = (await notice.textContent()) ?? ''
    assert.ok(text.includes(say(message('push.enrol.old_entry.text'))))
    // The person does what the page says, and scans the same code again.
    await phone.forget(refusal.replace('phone remove ', ''))
    phone.scan(uri)
    await page.locator('.number').waitFor()
    await hands.answer(phone, await shownNumber(page))
    await leaveDone(page)
    await page.waitForURL(`${stage.webmail}/**`)
    assert.deepEqual(hands.count(), { clicks: 1, keys: typed, answers: 1 })
  },
)
