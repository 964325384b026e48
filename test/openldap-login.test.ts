/** Logins of users of a real OpenLDAP, in Chromium. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { de } from '../src/platform/ui/messages/de.ts'
import { launchChromium } from './support/browser.ts'
import { isIn, openLogin, shows } from './support/directory-login.ts'
import { describeSlapd } from './support/directory-scene.ts'
import { showsNothingWrong } from './support/faults.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'
const fresh = 'Fahrrad im Regen am Fluss'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

test('a user logs in with the directory password, changes a reset one, and reads that the directory is down', async (t) => {
  const slapd = await startSlapd(t)
  const dn = await slapd.addPerson('nora', password, { displayName: 'Nora Beispiel' })
  const { page, signIn, forget, choosePassword, errors } = await openLogin(
    t,
    browser,
    await describeSlapd(t, slapd),
  )
  await signIn('nora@example.org', 'falsch')
  await shows(page, de['login.wrong.title'])
  await signIn('nora@example.org', password)
  await isIn(page, 'Nora Beispiel')
  await forget()

  await slapd.change(dn, { pwdReset: 'TRUE' })
  await signIn('STAFF\\nora', password)
  await shows(page, de['password.change.title'])
  assert.equal(await page.locator('[name=remember]').count(), 0)
  await showsNothingWrong(page)
  await choosePassword(password)
  await shows(page, de['password.change.same'])
  await choosePassword(fresh)
  await isIn(page, 'Nora Beispiel')
  await forget()
  await signIn('nora', fresh)
  await isIn(page, 'Nora Beispiel')
  await forget()

  assert.deepEqual(errors, [])
  await slapd.stop()
  await signIn('nora', fresh)
  await shows(page, de['error.unavailable.title'])
  await showsNothingWrong(page)
  await slapd.start()
  await page.getByRole('link', { name: de['error.unavailable.again'] }).click()
  await page.locator('[name=username]').waitFor()
})
