import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { createInstallation } from './support/installation.ts'
import {
  type MailServer,
  mailUser,
  readHeader,
  readPart,
  startMailServer,
} from './support/mail-server.ts'
import { startTestPhone } from './support/test-phone.ts'
import { enrolPhone, enterPassword } from './support/way-in.ts'

const erika = { username: 'erika', password: 'Regenschirm im Mai' }
const address = 'erika.mustermann@example.org'

const configFor = (server: MailServer) => ({
  push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } },
  mail: {
    from: 'login@example.org',
    smtp: { host: '127.0.0.1', port: server.port, security: 'none', ...mailUser },
  },
})

const subjectsOf = (server: MailServer) => server.received.map((got) => readHeader(got, 'subject'))

test('the user gets mails about a new phone and a denied login, even if the server was killed before', async (t) => {
  const server = await startMailServer(t, { allowInsecureAuth: true })
  server.fail('login', 454, 'busy')
  const installation = await createInstallation(t, { config: configFor(server) })
  const user = { ...erika, displayName: 'Erika Mustermann', email: address }
  await installation.addUser(user)
  const first = await installation.serve()
  const phone = await startTestPhone(t, 'Erikas Pixel')
  await enrolPhone(createPlainBrowser(first.url), erika, phone)
  await enterPassword(createPlainBrowser(first.url), erika)
  assert.equal(
    (await phone.answer(await phone.nextMessage(), { type: 'deny', challenge: true })).status,
    200,
  )
  await first.stop('SIGKILL')

  server.fail('login')
  // Whether the killed process has tried or not: the mails are due.
  await installation.db.updateTable('mail_queue').set({ due_at: 0 }).execute()
  const second = await installation.serve()
  while (server.received.length < 2) await wait(50)
  assert.deepEqual(subjectsOf(server).toSorted(), [
    'Anmeldung am Telefon abgelehnt',
    'Neues Telefon an Ihrem Konto',
  ])
  for (const got of server.received) {
    assert.deepEqual(got.to, [address])
    const text = readPart(got, 'text/plain')
    assert.match(text, /Gerät: Erikas Pixel/)
    assert.ok(text.includes(`${installation.publicUrl}/not-me/`))
  }
  await second.stop()
  const logged = first.output() + second.output()
  for (const secret of [mailUser.password, erika.password, address]) {
    assert.ok(!logged.includes(secret), secret)
  }
})

test('a server without a mail configuration logs that once at its start', async (t) => {
  const installation = await createInstallation(t)
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  const server = await installation.serve()
  await server.stop()
  assert.equal(server.output().match(/mail is not configured/g)?.length, 1)
})
