import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createSmtpTransport } from '../../identity/notify/mail/transport.ts'
import { type DemoMail, startMailbox } from './mailbox.ts'

async function open(t: TestContext) {
  const mails: DemoMail[] = []
  const clock = { now: () => 1_800_000_000_000 }
  const mailbox = await startMailbox({ port: 0, clock, onMail: (mail) => mails.push(mail) })
  t.after(() => mailbox.close())
  const smtp = { host: '127.0.0.1', port: mailbox.smtpPort, security: 'none' } as const
  const mail = { from: 'login@example.org', smtp }
  const transport = createSmtpTransport({ mail, brandName: 'Beispiel Versicherung' })
  t.after(() => transport.close())
  return {
    mails,
    url: mailbox.url,
    get: async (path: string, language = 'de') => {
      const response = await fetch(`${mailbox.url}${path}`, {
        headers: { 'accept-language': language },
      })
      return { status: response.status, text: await response.text(), headers: response.headers }
    },
    send: (subject: string, text: string) =>
      transport.send({
        messageId: '<a@example.org>',
        to: { name: 'Erika', address: 'erika@example.org' },
        subject,
        text,
        html: `<p>${text}</p>`,
        date: 0,
      }),
  }
}

test('the mailbox accepts a mail unchanged and shows it on a page', async (t) => {
  const { mails, get, send, url } = await open(t)
  const subject =
    'Ein neues Gerät für Ihr Konto, mit einem sehr langen Betreff über viele Wörter hinweg'
  const text = `.\r\n.. Ä = 100 %\r\n.Ende ${'lang '.repeat(40)}`
  assert.deepEqual(await send(subject, text), { type: 'sent' })
  assert.deepEqual(await send('Zweite', 'Kurz'), { type: 'sent' })
  const [first] = mails
  assert.deepEqual(
    [first?.to, first?.subject, first?.url],
    ['erika@example.org', subject, `${url}/1`],
  )
  assert.equal(first?.text.trim(), text.trim())
  assert.equal(first?.html.trim(), `<p>${text}</p>`)
  const list = await get('/')
  assert.ok(list.text.indexOf('Zweite') < list.text.indexOf('Ein neues Gerät'))
  assert.match((await get('/1')).text, /<p>\./)
  assert.match((await get('/2/text')).text, /^Kurz/)
  assert.match(`${(await get('/2/text')).headers.get('content-type')}`, /^text\/plain/)
  for (const path of ['/0', '/3', '/x', '/1/more']) assert.equal((await get(path)).status, 404)
})

test('an empty mailbox says that there is no mail yet, in both languages', async (t) => {
  const { get } = await open(t)
  assert.match((await get('/')).text, /Noch keine/)
  assert.match((await get('/', 'en')).text, /None yet/)
})

test('the mailbox page escapes the subject of a mail', async (t) => {
  const { get, send } = await open(t)
  await send('<script>alert(1)</script>', 'x')
  assert.ok(!(await get('/')).text.includes('<script>'))
  assert.match(`${(await get('/1')).headers.get('content-security-policy')}`, /default-src 'none'/)
})
