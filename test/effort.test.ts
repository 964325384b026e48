/** The login of every morning, with what it costs: nothing but name, password and a tap on the phone. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { testTask } from './support/effort.ts'
import { showsNothingWrong } from './support/faults.ts'
import { erika, setStage, shownNumber, signIn } from './support/guide.ts'
import { prepareErika } from './support/prepared.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

testTask(
  'second login with a phone and a remembered name',
  () => browser,
  async ({ t, page, hands, say }) => {
    const stage = await setStage(t)
    const phone = stage.phone('erika')
    await prepareErika(stage, phone)
    await page.goto(`${stage.webmail}/login`)
    await page.check('[name=remember]')
    await signIn(page, erika)
    await page.locator('.number').waitFor()
    await phone.answer(await shownNumber(page))
    await page.waitForURL(`${stage.webmail}/**`)
    for (const name of ['einlass_session', 'einlass_browser'])
      await page.context().clearCookies({ name })

    await page.goto(`${stage.webmail}/login`)
    const greeting = say(message('login.greeting', { name: erika.username }))
    assert.equal(await page.locator('h1').textContent(), greeting)
    await showsNothingWrong(page)
    await hands.type('not the password')
    await hands.press('Enter')
    await page.locator('#summary').waitFor()
    await page.goBack()
    assert.equal(await page.locator('h1').textContent(), greeting, 'Back shows the page')
    await page.goto(`${stage.webmail}/login`)
    const before = hands.count()
    await hands.type(erika.password)
    await hands.press('Enter')
    await page.locator('.number').waitFor()
    const number = await shownNumber(page)
    assert.ok((await page.title()).startsWith(`${number} · `), 'the number is in the tab')
    await hands.answer(phone, number)
    await page.waitForURL(`${stage.webmail}/**`)
    const after = hands.count()
    const keys = [...erika.password].length + 1
    assert.deepEqual([after.clicks, after.keys - before.keys, after.answers], [0, keys, 1])
  },
)
