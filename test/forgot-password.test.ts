// A forgotten password, with a real mail server that wants STARTTLS and a login.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { createInstallation } from './support/installation.ts'
import {
  type MailServer,
  mailUser,
  readHeader,
  readPart,
  startMailServer,
} from './support/mail-server.ts'
import { enterPassword } from './support/way-in.ts'

const erika = { username: 'erika', password: 'Regenschirm im Mai' }
const fresh = 'Fahrrad im November'

/** An installation that sends its mails to this server. */
async function startWithMail(t: Scope) {
  const server = await startMailServer(t)
  const ca = join(tmpdir(), `einlass-mail-${process.pid}.pem`)
  await writeFile(ca, server.ca)
  const smtp = { host: 'localhost', port: server.port, ...mailUser }
  const installation = await createInstallation(t, {
    config: {
      mail: { from: 'login@example.org', smtp },
      default_policy: { second_factor: 'none' },
    },
    env: { NODE_EXTRA_CA_CERTS: ca },
  })
  const person = { ...erika, displayName: 'Erika Mustermann', email: 'erika@example.org' }
  await installation.addUser(person)
  return { server, installation }
}

async function takeMail({ received }: MailServer, count: number) {
  while (received.length < count) await wait(50)
  const mail = received[count - 1]
  if (mail === undefined) throw new Error('no mail')
  const text = readPart(mail, 'text/plain')
  return { mail, text, link: /https?:\S+\/forgot-password\/link\/[\w-]{43}/.exec(text)?.[0] ?? '' }
}

test('a user with a forgotten password gets a link by mail and chooses a new one', async (t) => {
  const { server, installation } = await startWithMail(t)
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
