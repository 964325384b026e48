/** A login that is cancelled while it waits for the phone: what its page says, and what the phone's holder sees. */
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import type { Browser } from 'playwright-core'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { isAboveFold, showsWayOn, testTask } from './support/effort.ts'
import { erika, shownNumber } from './support/guide.ts'
import { waitForPhone } from './support/waiting-scene.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

for (const isOfApp of [true, false]) {
  const title = isOfApp
    ? 'a user cancels a login for an app while the phone is asked, is back at the app, and begins another one'
    : 'a user cancels a login of their own while the phone is asked, and begins another one'
  testTask(
    title,
    () => browser,
    async (task) => {
      const { page, hands, say } = task
      const { stage, phone } = await waitForPhone(task, { isOfApp })
      const number = await shownNumber(page)
      await phone.says(/to deny/)
      await hands.choose('cancel')
      const note = page.locator('.note').filter({ hasText: say(message('cancelled.login.title')) })
      if (isOfApp) {
        await page.waitForURL(`${stage.webmail}/callback?**error=access_denied**`)
        await page.goto(`${stage.webmail}/login`)
      } else {
        await note.waitFor()
        assert.equal(await isAboveFold(page, note), true)
        assert.ok(await note.evaluate((one) => one === document.activeElement), 'it is read first')
        await note.filter({ hasText: say(message('push.cancelled.login')) }).waitFor()
      }
      await showsWayOn(page, '[name=username]')

      // The request is still on the phone. Its holder approves it, and the server does not take the answer.
      await hands.answer(phone, number)
      const { db } = stage.demo.parts.platform.database
      const asked = await db
        .selectFrom('push_challenges')
        .select('status')
        .where('purpose', '=', 'login')
        .execute()
      assert.deepEqual(asked, [{ status: 'superseded' }])
      const open = await db
        .selectFrom('journeys')
        .select('id_hash')
        .where('finished_at', 'is', null)
        .execute()
      assert.deepEqual(open, [])

      await page.reload()
      await page.locator('[name=username]').waitFor()
      assert.equal(await note.count(), 0, 'it is said once')
      await hands.signIn(erika)
      await page.locator('.number').waitFor()
      await hands.answer(phone, await shownNumber(page))
      await page.waitForURL(isOfApp ? `${stage.webmail}/**` : `${stage.demo.publicUrl}/`)
    },
  )
}
