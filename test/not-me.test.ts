/**
 * This was not me: from a denial on the phone over a mail on a real mail server to the page, the service desk and the
 * next login, in a browser without scripts and one with them.
 */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { heading, person, signIn } from './support/guide.ts'
import { createInstallation } from './support/installation.ts'
import { mailUser, readHeader, readPart, startMailServer } from './support/mail-server.ts'
import { startTestPhone } from './support/test-phone.ts'
import { enrolPhone, enterPassword } from './support/way-in.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const erika = { username: 'erika', password: 'Regenschirm im Mai' }
const fresh = 'Fahrrad im Regen'
const secret = 'a secret of the service desk'

/** Takes webhooks and syslog messages by TCP. */
async function startDesk(t: Scope) {
  const hooks: { readonly signature: string; readonly body: string }[] = []
  const lines: string[] = []
  const web = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      hooks.push({ signature: `${request.headers['einlass-signature']}`, body })
      // The first one is lost: the queue has to bring it again.
      response.writeHead(hooks.length === 1 ? 503 : 204).end()
    })
  })
  const syslog = createTcpServer((socket) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('end', () => lines.push(text))
  })
  for (const server of [web, syslog]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
  }
  const portOf = (server: typeof syslog) => (server.address() as AddressInfo).port
  return { hooks, lines, webPort: portOf(web), syslogPort: portOf(syslog) }
}

async function setUp(t: Scope) {
  const mail = await startMailServer(t, { allowInsecureAuth: true })
  const desk = await startDesk(t)
  const installation = await createInstallation(t, {
    config: {
      push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } },
      mail: {
        from: 'login@example.org',
        smtp: { host: '127.0.0.1', port: mail.port, security: 'none', ...mailUser },
      },
      networks: [{ name: 'Zentrale', ranges: ['127.0.0.0/8'] }],
      events: {
        webhook: { url: `http://127.0.0.1:${desk.webPort}/hook`, secret },
        syslog: { host: '127.0.0.1', port: desk.syslogPort, transport: 'tcp' },
      },
    },
  })
  const user = { ...erika, displayName: 'Erika Mustermann', email: 'erika@example.org' }
  await installation.addUser(user)
  const server = await installation.serve()
  const phone = await startTestPhone(t, 'Erikas Pixel')
  const own = createPlainBrowser(server.url)
  await enrolPhone(own, erika, phone)

  /** Another person knows the password; Erika denies. Gives the link of the mail. */
  async function denied(): Promise<string> {
    await enterPassword(createPlainBrowser(server.url), erika)
    await phone.answer(await phone.nextMessage(), { type: 'deny', challenge: true })
    const found = () =>
      mail.received
        .filter((got) => readHeader(got, 'subject')?.includes('abgelehnt'))
        .map((got) => readPart(got, 'text/plain'))
        .at(-1)
    while (found() === undefined) await wait(50)
    const text = found() ?? ''
    assert.match(text, /Adresse: 127\.0\.0\.1/)
    assert.match(text, /Ort: Zentrale/)
    const link = /Das war ich nicht: (\S+)/.exec(text)?.[1]
    assert.ok(link?.startsWith(`${installation.publicUrl}/not-me/`), text)
    return link ?? ''
  }

  return { mail, desk, installation, server, phone, own, denied }
}

test('A1: after a denial a mail asks the user, whose report ends the sessions and the password and pauses push messages', async (t) => {
  const { mail, desk, installation, server, own, denied } = await setUp(t)
  const link = await denied()
  assert.match((await own.get('/account')).text, /Erikas Pixel/)
  const { page } = await person(t, browser, { javaScriptEnabled: false })
  // A program that looks at links changes nothing.
  for (const method of ['GET', 'HEAD']) {
    assert.equal((await fetch(link, { method, redirect: 'manual' })).status, 303)
  }
  await page.goto(link)
  assert.ok(page.url().startsWith(`${installation.publicUrl}/not-me?of=`), page.url())
  assert.ok(!page.url().includes(link.slice(-43)))
  assert.equal(await heading(page), 'War das nicht Ihre Anmeldung?')
  await page.getByRole('button', { name: 'Das war ich nicht' }).click()
  assert.equal(await heading(page), 'Danke, das ist gemeldet')
  const again = /Telefon sind wieder möglich ab: .*\d\d:\d\d.* auf einem anderen Weg an, oder der/s
  await page.getByText(again).waitFor()

  assert.equal((await own.get('/account')).status, 303)
  while (!mail.received.some((got) => readHeader(got, 'subject')?.includes('gemeldet')))
    await wait(50)
  const notice = mail.received.find((got) => readHeader(got, 'subject')?.includes('gemeldet'))
  assert.match(notice === undefined ? '' : readPart(notice, 'text/plain'), again)
  while (desk.hooks.length < 2 || desk.lines.length < 1) {
    await installation.db.updateTable('event_queue').set({ due_at: 0 }).execute()
    await wait(200)
  }
  const [, hook] = desk.hooks
  const [at, v1] = (hook?.signature ?? '').split(',').map((part) => part.split('=')[1])
  const expected = createHmac('sha256', secret).update(`${at}.${hook?.body}`).digest('hex')
  assert.equal(v1, expected)
  const event = JSON.parse(hook?.body ?? '')
  assert.deepEqual(
    [event.type, event.username, event.login.place, event.sessionsEnded],
    ['not_me_reported', 'erika', 'Zentrale', 1],
  )
  assert.match(desk.lines[0] ?? '', /^\d+ <84>1 \S+ 127\.0\.0\.1 einlass - not_me_reported - {/)
  assert.ok((desk.lines[0] ?? '').endsWith(hook?.body ?? 'nothing'))

  // The page before it, and the link once more.
  await page.goto(link)
  assert.equal(await heading(page), 'Das haben Sie schon gemeldet')
  await page.goto(`${installation.publicUrl}/not-me/unknown`)
  assert.equal(await heading(page), 'Diesen Link kennen wir nicht')

  // The thief is stopped by the pause, and nothing is sent.
  const sent = () => installation.db.selectFrom('push_challenges').select('message_id').execute()
  const before = await sent()
  const shown = await enterPassword(createPlainBrowser(server.url), erika)
  assert.match(shown.text, /Mitteilungen sind angehalten|Notifications are paused/)
  assert.deepEqual(await sent(), before)
  const [owner] = await installation.db.selectFrom('users').selectAll().execute()
  assert.equal(owner?.password_change_required, 1)
  const token = link.split('/').at(-1) ?? ''
  assert.ok(!server.output().includes(token))
})

test('the pages for the report of a login are accessible on a phone', async (t) => {
  const { denied, installation } = await setUp(t)
  const link = await denied()
  const { page, errors } = await person(t, browser, { viewport: { width: 390, height: 844 } })
  await page.goto(link)
  await showsNothingWrong(page)
  await installation.db
    .updateTable('one_time_links')
    .set({ expires_at: 1 })
    .where('purpose', '=', 'not_me')
    .execute()
  await page.getByRole('button', { name: 'Das war ich nicht' }).click()
  assert.equal(await heading(page), 'Dieser Link ist abgelaufen')
  await showsNothingWrong(page)
  assert.deepEqual(errors, [])
})

test('a user changes an old password during the login, after the phone has approved', async (t) => {
  const { installation, phone } = await setUp(t)
  await installation.db.updateTable('users').set({ password_change_required: 1 }).execute()
  const { page, errors } = await person(t, browser)
  await page.goto(`${installation.publicUrl}/login`)
  await signIn(page, erika)
  await page.locator('.number').waitFor()
  const number = Number(/\d+/.exec((await page.locator('.number').textContent()) ?? '')?.[0])
  await phone.answer(await phone.nextMessage(), { type: 'approve', number })
  await page.locator('[name=password_again]').waitFor()
  assert.equal(await heading(page), 'Neues Passwort wählen')
  await showsNothingWrong(page)
  await page.fill('[name=password]', erika.password)
  await page.fill('[name=password_again]', erika.password)
  await page.getByRole('button', { name: 'Passwort ändern' }).click()
  assert.match((await page.locator('#summary').textContent()) ?? '', /bisheriges Passwort/)
  await page.getByRole('button', { name: 'Passwort anzeigen' }).first().click()
  assert.equal(await page.locator('[name=password]').getAttribute('type'), 'text')
  await page.fill('[name=password]', fresh)
  await page.fill('[name=password_again]', fresh)
  await page.getByRole('button', { name: 'Passwort ändern' }).click()
  await page.waitForURL(`${installation.publicUrl}/`)
  assert.equal(await heading(page), 'Guten Tag, Erika Mustermann')
  assert.deepEqual(errors, [])
})
