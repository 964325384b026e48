/** A forgotten password of a user of a real OpenLDAP: the mail, the link, and what the directory says to the new password. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { describeSlapd } from './support/directory-scene.ts'
import { readHeader } from './support/mail-server.ts'
import { askForLink, openLink, startWithMail, takeMail } from './support/reset-by-mail.ts'
import { startSlapd } from './support/slapd.ts'
import { enterPassword } from './support/way-in.ts'

const password = 'Regenschirm im Mai'
const fresh = 'Fahrrad im Regen am Fluss'

/** Nora, whom Einlass knows, as she has logged in once. */
async function setUp(t: Scope, settings: Readonly<Record<string, unknown>> = {}) {
  const slapd = await startSlapd(t)
  const dn = await slapd.addPerson('nora', password, { displayName: 'Nora Beispiel' })
  const directory = { ...(await describeSlapd(t, slapd)), ...settings }
  const directories = [{ name: 'local', kind: 'local' }, directory]
  const { server, installation } = await startWithMail(t, { directories })
  const node = await installation.serve()
  /** The status of the own pages after a login with this password. */
  async function enter(typed: string): Promise<number> {
    const browser = createPlainBrowser(node.url)
    await enterPassword(browser, { username: 'nora', password: typed })
    return (await browser.get('/account')).status
  }
  assert.equal(await enter(password), 200)
  return { slapd, dn, server, node, enter }
}

const isIn = 200
const isOut = 303

// Most of the time each of them waits for a mail.
describe('at once', { concurrency: 3 }, () => {
  test('a reset sets a new password in the directory, the old one is no longer valid, and the link works once', async (t) => {
    const { server, node, enter, slapd, dn } = await setUp(t)
    await askForLink(node.url, 'nora@example.org')
    const { link } = await takeMail(server, 1)
    const { choose } = await openLink(node.url, link)
    assert.ok((await choose(fresh)).text.includes(de['reset.done.text']))
    assert.deepEqual([await enter(password), await enter(fresh)], [isOut, isIn])
    // A password that an administrator set has to be changed in this policy; the owner chose this one.
    const [entry] = await slapd.asRoot(
      async (client) =>
        (await client.search(dn, { scope: 'base', attributes: ['pwdReset'] })).searchEntries,
    )
    assert.deepEqual(entry?.pwdReset ?? [], [])
    const { mail } = await takeMail(server, 2)
    assert.equal(readHeader(mail, 'subject'), 'Ihr Passwort wurde geändert')
    const again = createPlainBrowser(node.url)
    const late = await again.follow(await again.get(new URL(link).pathname))
    assert.ok(late.text.includes(de['forgot.gone.title']))
    await node.stop()
    for (const secret of [fresh, link.slice(-43)]) assert.ok(!node.output().includes(secret))
  })

  test('when the directory refuses a password, the page explains why, and the link stays valid', async (t) => {
    const { server, node, enter, slapd, dn } = await setUp(t)
    const policy = `cn=default,ou=policies,${slapd.baseDn}`
    await slapd.change(policy, { pwdMinLength: '20' })
    await askForLink(node.url, 'nora')
    const { choose } = await openLink(node.url, (await takeMail(server, 1)).link)
    assert.ok((await choose('Fahrrad im Regen')).text.includes(de['password.change.policy']))

    // The minimum age does not apply to a password that an administrator has set.
    await slapd.change(dn, { userPassword: 'Ein dritter Regenschirm' })
    await slapd.change(dn, { pwdReset: [] })
    await slapd.change(policy, { pwdMinLength: '8', pwdMinAge: '86400' })
    // A link is valid only for the password that the user had when it was sent.
    await askForLink(node.url, 'nora')
    const next = await openLink(node.url, (await takeMail(server, 2)).link)
    assert.ok((await next.choose(fresh)).text.includes(de['password.change.too_young']))
    await slapd.change(policy, { pwdMinAge: '0' })
    assert.ok((await next.choose(password)).text.includes(de['password.change.history']))
    assert.equal(await enter(password), isOut)
    assert.ok((await next.choose(fresh)).text.includes(de['reset.done.text']))
    assert.equal(await enter(fresh), isIn)
  })

  test('A22: a new mail address in the directory invalidates the link that was sent to the old one', async (t) => {
    const { server, node, enter, slapd, dn } = await setUp(t)
    await askForLink(node.url, 'nora')
    const { choose } = await openLink(node.url, (await takeMail(server, 1)).link)
    await slapd.change(dn, { mail: 'nora@new.example' })
    assert.ok((await choose(fresh)).text.includes(de['forgot.gone.title']))
    assert.deepEqual([await enter(password), await enter(fresh)], [isIn, isOut])
  })

  test('if the directory is down, the page asks the user to try again, and the link works when it is back', async (t) => {
    const { server, node, enter, slapd } = await setUp(t)
    await askForLink(node.url, 'nora')
    const { choose } = await openLink(node.url, (await takeMail(server, 1)).link)
    await slapd.stop()
    const away = await choose(fresh)
    assert.equal(away.status, 503)
    assert.ok(away.text.includes(de['error.unavailable.title']))
    await slapd.start()
    // A server that has not answered is left alone for ten seconds.
    let page = await choose(fresh)
    for (; page.status === 503; page = await choose(fresh)) await sleep(500)
    assert.ok(page.text.includes(de['reset.done.text']), `${page.status}`)
    assert.equal(await enter(fresh), isIn)
  })

  test('a reset requested while the directory is down leads to a mail with a link when it is back', async (t) => {
    const { server, node, slapd } = await setUp(t)
    await slapd.stop()
    const sent = await askForLink(node.url, 'nora')
    assert.ok(sent.text.includes(de['forgot.sent.title']))
    await slapd.start()
    assert.notEqual((await takeMail(server, 1)).link, '')
  })

  test('if Einlass may not write passwords to the directory, the mail refers to the service desk', async (t) => {
    const { server, node } = await setUp(t, { write_passwords: false })
    const sent = await askForLink(node.url, 'nora')
    assert.ok(sent.text.includes(de['forgot.sent.title']))
    const { mail, text, link } = await takeMail(server, 1)
    assert.equal(link, '')
    assert.equal(readHeader(mail, 'subject'), de['mail.password_reset_elsewhere.subject'])
    assert.match(text, /Service Desk/)
  })

  test('if Einlass may not write passwords to any directory, the page says who can help', async (t) => {
    const slapd = await startSlapd(t)
    const closed = { ...(await describeSlapd(t, slapd)), write_passwords: false }
    const { installation } = await startWithMail(t, { directories: [closed] })
    const node = await installation.serve()
    const page = await createPlainBrowser(node.url).get('/forgot-password')
    assert.ok(page.text.includes(de['forgot.text']))
    assert.doesNotMatch(page.text, /name="username"/)
  })
})
