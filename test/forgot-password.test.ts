// A forgotten password, with a real mail server that wants STARTTLS and a login, and a real browser.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser, readForm } from '../src/dev/test-support/plain-browser.ts'
import { launchChromium } from './support/browser.ts'
import { readHeader } from './support/mail-server.ts'
import { startWithMail, takeMail } from './support/reset-by-mail.ts'
import { enterPassword } from './support/way-in.ts'
import { sendRequest, type WireRequest } from './support/wire.ts'

const erika = { username: 'erika', password: 'Regenschirm im Mai' }
const fresh = 'Fahrrad im November'

async function setUp(t: Scope) {
  const { server, installation } = await startWithMail(t)
  const person = { ...erika, displayName: 'Erika Mustermann', email: 'erika@example.org' }
  await installation.addUser(person)
  return { server, installation }
}

test('a user with a forgotten password gets a link by mail and chooses a new one', async (t) => {
  const { server, installation } = await setUp(t)
  const node = await installation.serve()
  const inside = createPlainBrowser(node.url)
  await enterPassword(inside, erika)
  const asking = createPlainBrowser(node.url)
  const sent = await asking.answer(await asking.get('/forgot-password'), { username: 'Erika' })
  assert.match(sent.text, /Sehen Sie in Ihr Postfach/)
  const { mail, link } = await takeMail(server, 1)
  assert.equal(readHeader(mail, 'subject'), 'Neues Passwort für Ihr Konto')
  assert.ok(link.startsWith(installation.publicUrl))
  const rows = await installation.db.selectFrom('mail_queue').selectAll().execute()
  assert.ok(!JSON.stringify(rows).includes(link.slice(-43)))

  // The mail is read in another browser than the one that asked.
  const browser = createPlainBrowser(node.url)
  const page = await browser.follow(await browser.get(new URL(link).pathname))
  assert.match(page.text, /Für das Konto erika/)
  assert.ok(!page.text.includes(link.slice(-43)))
  const form = await browser.answer(page, { action: 'begin' })
  const answers = { password: fresh, password_again: fresh, action: 'change' }
  assert.match((await browser.answer(form, answers)).text, /Ihr Passwort ist geändert/)
  assert.equal((await inside.get('/account')).status, 303)
  const { mail: notice } = await takeMail(server, 2)
  assert.equal(readHeader(notice, 'subject'), 'Ihr Passwort wurde geändert')
  const old = await enterPassword(createPlainBrowser(node.url), erika)
  assert.match(old.text, /Das hat nicht geklappt/)
  const again = createPlainBrowser(node.url)
  await enterPassword(again, { ...erika, password: fresh })
  assert.equal((await again.get('/account')).status, 200)
  await node.stop()
  for (const secret of [fresh, link.slice(-43)]) assert.ok(!node.output().includes(secret))
})

/** Values in a request with which an attacker claims another host. */
const poisons: readonly Pick<WireRequest, 'path' | 'headers'>[] = [
  { path: '/forgot-password', headers: { host: 'evil.example' } },
  { path: '/forgot-password', headers: { 'x-forwarded-host': 'evil.example' } },
  { path: '/forgot-password', headers: { 'x-forwarded-proto': 'ftp', 'x-forwarded-port': '666' } },
  { path: '/forgot-password', headers: { forwarded: 'host=evil.example;proto=http' } },
  { path: '/forgot-password', headers: { 'x-original-url': 'https://evil.example/' } },
  { path: 'http://evil.example/forgot-password' },
]

test('A22: no header of a request changes the address of a link in a mail', async (t) => {
  const { server, installation } = await setUp(t)
  const node = await installation.serve()
  for (const [n, { path, headers = {} }] of poisons.entries()) {
    const name = `user${n}`
    await installation.addUser({
      ...erika,
      username: name,
      displayName: name,
      email: `${name}@example.org`,
    })
    const browser = createPlainBrowser(node.url)
    const { hidden } = readForm(await browser.get('/forgot-password'))
    const reply = await sendRequest(node.url, {
      ...{ method: 'POST', path, body: `${new URLSearchParams({ ...hidden, username: name })}` },
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        cookie: browser.cookieHeader(),
        ...headers,
      },
    })
    assert.equal(reply.status, 303, path)
    assert.equal(reply.headers.location, '/forgot-password/sent')
  }
  for (const n of poisons.keys()) {
    const { link } = await takeMail(server, n + 1)
    assert.ok(link.startsWith(`${installation.publicUrl}/forgot-password/link/`), link)
  }
  const { link } = await takeMail(server, poisons.length)
  const browser = createPlainBrowser(node.url)
  const form = await browser.answer(
    await browser.follow(await browser.get(new URL(link).pathname)),
    { action: 'begin' },
  )
  const { action, hidden } = readForm(form)
  await sendRequest(node.url, {
    ...{ method: 'POST', path: action },
    body: `${new URLSearchParams({ ...hidden, password: fresh, password_again: fresh, action: 'change' })}`,
    headers: {
      ...{ host: 'evil.example', 'x-forwarded-host': 'evil.example' },
      'content-type': 'application/x-www-form-urlencoded',
      cookie: browser.cookieHeader(),
    },
  })
  await takeMail(server, poisons.length + 1)
  for (const { raw } of server.received) {
    assert.ok(!raw.includes('evil.example'))
    for (const [url] of raw.replace(/=\r\n/g, '').matchAll(/https?:\/\/[^\s"<]+/g)) {
      assert.ok(url.startsWith(installation.publicUrl), url)
    }
  }
})

test('on a phone without scripts, a user gets from the login page to a new password', async (t) => {
  const { server, installation } = await setUp(t)
  const node = await installation.serve()
  const chromium = await launchChromium()
  t.after(() => chromium.close())
  const context = await chromium.newContext({
    javaScriptEnabled: false,
    viewport: { width: 390, height: 844 },
    locale: 'de-DE',
  })
  const sent: string[] = []
  context.on('request', async (request) => {
    sent.push((await request.allHeaders()).referer ?? '')
  })
  const page = await context.newPage()
  await page.goto(`${node.url}/login`)
  await page.getByRole('link', { name: 'Passwort vergessen?' }).click()
  await page.getByLabel('Benutzername', { exact: true }).fill('erika')
  await page.getByRole('button', { name: 'Link anfordern' }).click()
  await page.getByRole('heading', { name: 'Sehen Sie in Ihr Postfach' }).waitFor()
  const { link } = await takeMail(server, 1)
  await page.goto(link)
  assert.equal(new URL(page.url()).pathname, '/forgot-password/link')
  await page.getByRole('button', { name: 'Neues Passwort wählen' }).click()
  await page.getByLabel('Neues Passwort', { exact: true }).fill(fresh)
  await page.getByLabel('Neues Passwort wiederholen').fill(fresh)
  await page.getByRole('button', { name: 'Passwort ändern' }).click()
  await page.getByText('Sie sind überall abgemeldet').waitFor()
  await page.reload()
  await page.getByRole('link', { name: 'Zur Anmeldung' }).click()
  await page.getByLabel('Benutzername', { exact: true }).fill('erika')
  await page.getByLabel('Passwort', { exact: true }).fill(fresh)
  await page.getByRole('button', { name: 'Anmelden' }).click()
  await page.getByRole('heading', { name: /Erika Mustermann/ }).waitFor()
  assert.ok(sent.length > 5)
  assert.ok(sent.every((referer) => !referer.includes(link.slice(-43))))
})
