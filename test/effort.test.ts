/** The login of every morning, with what it costs: nothing but name, password and a tap on the phone. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchChromium } from './support/browser.ts'
import { testTask } from './support/effort.ts'
import { connectPhone, erika, setStage, shownNumber, signIn } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

testTask(
  'second login with a phone',
  () => browser,
  async ({ t, page, hands }) => {
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
    await hands.answer(phone, await shownNumber(page))
    await page.waitForURL(`${stage.webmail}/**`)
    const keys = [...erika.username, ...erika.password].length + 2
    assert.deepEqual(hands.count(), { clicks: 0, keys, answers: 1 })
  },
)
