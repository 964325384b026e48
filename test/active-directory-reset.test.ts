/** A forgotten password of a user of a real Active Directory: the mail, the link, and what the directory says to the new password. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { useActiveDirectory } from './support/active-directory.ts'
import { describeActiveDirectory } from './support/directory-scene.ts'
import { readHeader } from './support/mail-server.ts'
import { askForLink, openLink, startWithMail, takeMail } from './support/reset-by-mail.ts'
import { enterPassword } from './support/way-in.ts'

const password = 'Regenschirm im Mai 7'
const fresh = 'Fahrrad im Regen am Fluss 8'

/** Nora, whom Einlass knows, as she has logged in once. */
async function setUp(t: Scope, settings: Readonly<Record<string, unknown>> = {}) {
  const corp = await useActiveDirectory(t)
  const sam = corp.name('nora')
  const dn = await corp.addPerson(sam, password, { displayName: 'Nora Beispiel' })
  const directory = { ...(await describeActiveDirectory(t, corp)), ...settings }
  const directories = [{ name: 'local', kind: 'local' }, directory]
  const { server, installation } = await startWithMail(t, { directories })
  const node = await installation.serve()
  /** The browser, and the status of the own pages, after a login with this password. */
  async function enter(typed: string) {
    const browser = createPlainBrowser(node.url)
    const page = await enterPassword(browser, { username: sam, password: typed })
    return { browser, page, status: (await browser.get('/account')).status }
  }
  return { corp, sam, dn, server, node, enter }
}

test('a reset sets a new password in Active Directory and ends the sessions of the user', async (t) => {
  const { corp, sam, dn, server, node, enter } = await setUp(t)
  const before = await enter(password)
  assert.equal(before.status, 200)
  // The minimum age and the history of the policy do not apply to a password that an administrator sets.
  await corp.addPolicy(dn, { MinimumPasswordAge: '-864000000000', PasswordHistoryLength: '5' })
  await askForLink(node.url, `${corp.netbios}\\${sam}`)
  const { choose } = await openLink(node.url, (await takeMail(server, 1)).link)
  assert.ok((await choose(fresh)).text.includes(de['reset.done.text']))
  assert.equal((await before.browser.get('/account')).status, 303)
  assert.equal(await corp.bind(dn, fresh), '')
  assert.equal((await enter(fresh)).status, 200)
  const { mail } = await takeMail(server, 2)
  assert.equal(readHeader(mail, 'subject'), 'Ihr Passwort wurde geändert')
  // Active Directory itself takes the one before for another hour, see docs/directories.md; this is so in Samba as well.
  assert.equal(await corp.bind(dn, password), '')
})

test('when Active Directory refuses a password, the page explains why, and the link stays valid', async (t) => {
  const { corp, sam, dn, server, node, enter } = await setUp(t)
  assert.equal((await enter(password)).status, 200)
  await corp.addPolicy(dn, { PasswordComplexityEnabled: 'TRUE', MinimumPasswordLength: '20' })
  await askForLink(node.url, sam)
  const { choose } = await openLink(node.url, (await takeMail(server, 1)).link)
  for (const refused of ['Fahrrad im Regen', 'lauter kleine buchstaben im mai']) {
    assert.ok((await choose(refused)).text.includes(de['password.change.policy']), refused)
  }
  assert.ok((await choose(fresh)).text.includes(de['reset.done.text']))
  assert.equal((await enter(fresh)).status, 200)
})

test('a user who was disabled in the directory after the mail cannot set a password', async (t) => {
  const { corp, sam, dn, server, node, enter } = await setUp(t)
  assert.equal((await enter(password)).status, 200)
  await askForLink(node.url, sam)
  const { choose } = await openLink(node.url, (await takeMail(server, 1)).link)
  await corp.change(dn, { userAccountControl: '514' })
  // The directory is asked again, and the link ends.
  assert.equal((await choose(fresh)).status, 410)
  await corp.change(dn, { userAccountControl: '512' })
  assert.match(await corp.bind(dn, fresh), /data 52e/)
})

test('if Einlass may not write passwords to Active Directory, the mail refers to the service desk', async (t) => {
  const { sam, server, node, enter } = await setUp(t, { write_passwords: false })
  assert.equal((await enter(password)).status, 200)
  await askForLink(node.url, sam)
  const { mail, link } = await takeMail(server, 1)
  assert.equal(link, '')
  assert.equal(readHeader(mail, 'subject'), de['mail.password_reset_elsewhere.subject'])
})
