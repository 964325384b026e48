/** Logins of users of a real Active Directory, in Chromium. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { de } from '../src/platform/ui/messages/de.ts'
import { readValue, useActiveDirectory } from './support/active-directory.ts'
import { launchChromium } from './support/browser.ts'
import { isIn, openLogin, shows } from './support/directory-login.ts'
import { describeActiveDirectory } from './support/directory-scene.ts'
import { showsNothingWrong } from './support/faults.ts'

const password = 'Regenschirm im Mai 7'
const fresh = 'Fahrrad im Regen am Fluss 8'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

test('a user changes an initial password at login, reads that it expires, and reads that the account is disabled', async (t) => {
  const corp = await useActiveDirectory(t)
  const { page, signIn, forget, choosePassword, errors } = await openLogin(
    t,
    browser,
    await describeActiveDirectory(t, corp),
  )
  const sam = corp.name('nora')
  const dn = await corp.addPerson(sam, password, { displayName: 'Nora Beispiel' })
  await corp.change(dn, { pwdLastSet: '0' })
  await signIn(`${corp.netbios}\\${sam}`, password)
  await shows(page, de['password.change.title'])
  await choosePassword('Sam')
  await page.getByText(de['password.change.refused.title']).waitFor()
  await choosePassword(password)
  await shows(page, de['password.change.same'])
  assert.equal(await readValue(corp, dn, 'badPwdCount'), '0')
  await choosePassword(fresh)
  await isIn(page, 'Nora Beispiel')
  await forget()
  await signIn(`${sam}@${corp.suffix}`, fresh)
  await isIn(page, 'Nora Beispiel')
  await forget()

  await corp.addPolicy(dn, { MaximumPasswordAge: `${-3 * 864_000_000_000}` })
  await signIn(sam, fresh)
  await shows(page, de['password.expiry.title'])
  await showsNothingWrong(page)
  await page.locator('button[value=later]').click()
  await isIn(page, 'Nora Beispiel')
  await forget()

  await corp.change(dn, { userAccountControl: '514' })
  await signIn(sam, 'falsch')
  await shows(page, de['login.wrong.title'])
  await signIn(sam, fresh)
  await shows(page, de['login.refused.disabled'])
  await showsNothingWrong(page)
  assert.deepEqual(errors, [])
})
