import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  mailUser,
  readHeader,
  readPart,
  startMailServer,
  startRawServer,
} from '../../../../test/support/mail-server.ts'
import type { Scope } from '../../../dev/test-support/on-each-engine.ts'
import { createSmtpTransport, type MailConfig, type SmtpTransportOptions } from './transport.ts'

const mail = {
  messageId: '<one@example.org>',
  to: { name: 'Erika Müller', address: 'erika@example.org' },
  subject: 'Neues Telefon für Ihr Konto',
  text: 'Guten Tag, schöne Grüße\n.\nnach einem Punkt',
  html: '<p>schöne Grüße</p>',
  date: Date.UTC(2026, 10, 25, 8),
}

function open(
  t: Scope,
  server: { port: number; ca?: string },
  smtp: Partial<MailConfig['smtp']> = {},
  limits: SmtpTransportOptions['limits'] = { connect: 5_000, silence: 5_000, whole: 10_000 },
) {
  const transport = createSmtpTransport({
    mail: {
      from: 'login@example.org',
      smtp: { host: 'localhost', port: server.port, security: 'starttls', ...mailUser, ...smtp },
    },
    brandName: 'Beispiel AG',
    limits,
    ...(server.ca !== undefined && { ca: server.ca }),
  })
  t.after(() => transport.close())
  return transport
}

test('a mail arrives over STARTTLS, with its parts and the headers of an automatic mail', async (t) => {
  const server = await startMailServer(t)
  assert.deepEqual(await open(t, server).send(mail), { type: 'sent' })
  const [got] = server.received
  assert.ok(got)
  assert.equal(got.from, 'login@example.org')
  assert.deepEqual(got.to, ['erika@example.org'])
  assert.equal(readHeader(got, 'subject'), mail.subject)
  assert.equal(readHeader(got, 'from'), 'Beispiel AG <login@example.org>')
  assert.equal(readHeader(got, 'to'), 'Erika Müller <erika@example.org>')
  assert.equal(readHeader(got, 'message-id'), '<one@example.org>')
  assert.equal(readHeader(got, 'date'), 'Wed, 25 Nov 2026 08:00:00 +0000')
  assert.equal(readHeader(got, 'auto-submitted'), 'auto-generated')
  assert.equal(readPart(got, 'text/plain').replaceAll('\r\n', '\n').trim(), mail.text)
  assert.equal(readPart(got, 'text/html').trim(), mail.html)
})

test('a mail arrives over implicit TLS', async (t) => {
  const server = await startMailServer(t, { secure: true })
  assert.deepEqual(await open(t, server, { security: 'tls' }).send(mail), { type: 'sent' })
})

test('consecutive mails share one connection', async (t) => {
  const server = await startMailServer(t)
  const transport = open(t, server)
  for (let i = 0; i < 3; i++) await transport.send(mail)
  assert.equal(server.received.length, 3)
  assert.equal(server.connections(), 1)
})

test('a refused password is reported as a server error, without the text of the server', async (t) => {
  const server = await startMailServer(t)
  server.fail('login', 535, 'bad AUTH for secret-in-reply')
  const result = await open(t, server, { password: 'wrong' }).send(mail)
  assert.deepEqual(result, { type: 'later', about: 'server', reason: 'AUTH PLAIN 535' })
})

test('a server that hides STARTTLS gets neither password nor mail', async (t) => {
  const server = await startMailServer(t, {
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
  })
  const result = await open(t, server).send(mail)
  assert.equal(result.type === 'later' && result.about, 'server')
  assert.deepEqual(server.received, [])
})

test('a server that refuses STARTTLS, or injects an answer with it, gets neither password nor mail', async (t) => {
  for (const answer of ['454 not now\r\n', '220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n']) {
    let heard = ''
    const port = await startRawServer(t, (socket) => {
      socket.write('220 mail.example.org\r\n')
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1')
        if (/^EHLO/.test(String(chunk))) socket.write('250-hello\r\n250 STARTTLS\r\n')
        if (/^STARTTLS/.test(String(chunk))) socket.write(answer)
      })
    })
    const limits = { connect: 500, silence: 500, whole: 1_000 }
    const result = await open(t, { port }, {}, limits).send(mail)
    assert.equal(result.type, 'later', answer)
    assert.doesNotMatch(heard, /AUTH|MAIL FROM/, answer)
  }
})

test('a certificate for another name or from an unknown issuer is refused before the login', async (t) => {
  let logins = 0
  const onAuth = () => {
    logins += 1
  }
  const other = await startMailServer(t, { certificateFor: 'elsewhere.example.org', onAuth })
  const named = await open(t, other).send(mail)
  assert.match(named.type === 'later' ? named.reason : '', /ERR_TLS_CERT_ALTNAME_INVALID/)
  const unknown = await open(t, { port: (await startMailServer(t, { onAuth })).port }).send(mail)
  assert.match(unknown.type === 'later' ? unknown.reason : '', /SELF_SIGNED/)
  assert.equal(logins, 0)
})

test('a server without AUTH gets no mail when a password is configured', async (t) => {
  const server = await startMailServer(t, { disabledCommands: ['AUTH'] })
  assert.equal((await open(t, server).send(mail)).type, 'later')
  assert.deepEqual(server.received, [])
})

test('a silent server, a trickling server and a closed port give the result "later"', async (t) => {
  const limits = { connect: 300, silence: 300, whole: 600 }
  const silent = await startRawServer(t, () => {})
  const trickling = await startRawServer(t, (socket) => {
    const drip = setInterval(() => socket.write('220-still here\r\n'), 50)
    socket.on('close', () => clearInterval(drip))
  })
  for (const port of [silent, trickling, 1]) {
    const result = await open(t, { port }, {}, limits).send(mail)
    assert.equal(result.type === 'later' && result.about, 'server', `${port}`)
  }
})

test('an abort ends the connection and the sending, with the result "later"', async (t) => {
  const cut = new AbortController()
  const closed = Promise.withResolvers<void>()
  const port = await startRawServer(t, (socket) => {
    socket.resume().on('close', () => closed.resolve())
    cut.abort()
  })
  const result = await open(t, { port }).send(mail, cut.signal)
  // Not the time limit of the connection.
  assert.equal(result.type === 'later' && result.reason, 'EABORT')
  await closed.promise
})

const answers = [
  ['recipient', 450, { type: 'later', about: 'mail', reason: 'RCPT TO 450 4.2.0' }],
  ['recipient', 550, { type: 'refused', reason: 'RCPT TO 550 5.1.1' }],
  ['data', 451, { type: 'later', about: 'mail', reason: 'DATA 451 4.3.0' }],
  ['data', 554, { type: 'refused', reason: 'DATA 554 5.7.1' }],
  ['data', 421, { type: 'later', about: 'server', reason: 'DATA 421 4.4.2' }],
  ['sender', 550, { type: 'later', about: 'server', reason: 'MAIL FROM 550 5.7.1' }],
] as const

for (const [step, code, expected] of answers) {
  test(`the answer ${code} to the ${step} gives the result ${expected.type}`, async (t) => {
    const server = await startMailServer(t)
    const [, enhanced = ''] = /(\d\.\d\.\d)$/.exec(expected.reason) ?? []
    server.fail(step, code, `${enhanced} because`)
    const { reply, ...result } = { reply: undefined, ...(await open(t, server).send(mail)) }
    assert.deepEqual({ ...result, reason: 'reason' in result && result.reason }, expected)
    assert.match(`${reply}`, /because/)
  })
}

test('a mail whose connection is cut gets the result "later" and can be sent again', async (t) => {
  const server = await startMailServer(t)
  const transport = open(t, server)
  server.cutNextMail()
  assert.equal((await transport.send(mail)).type, 'later')
  assert.deepEqual(await transport.send(mail), { type: 'sent' })
  const ids = server.received.map((got) => readHeader(got, 'message-id'))
  assert.deepEqual(ids, [mail.messageId, mail.messageId])
})

test('A29 no name, subject or address can add a header or a recipient', async (t) => {
  const server = await startMailServer(t)
  const transport = open(t, server)
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(
        fc.constantFrom(
          '\r\n',
          '\n',
          '\r',
          '\u2028',
          '\u0000',
          'Bcc: x@evil.example',
          '<',
          '>',
          ',',
          '"',
          ';',
          ' ',
          '=?utf-8?q?=0AX:?=',
          '\u202e',
          'ä',
          '@',
        ),
        { maxLength: 30 },
      )
      .map((parts) => parts.join('')),
  )
  await transport.send(mail)
  const names = server.received[0]?.headers.map(([name]) => name)
  await fc.assert(
    fc.asyncProperty(nasty, nasty, async (name, subject) => {
      server.received.length = 0
      const to = { name, address: 'erika@example.org' }
      assert.deepEqual(await transport.send({ ...mail, to, subject }), { type: 'sent' })
      const [got] = server.received
      assert.deepEqual(got?.to, ['erika@example.org'])
      // An empty subject has no header.
      const found = got?.headers.map(([header]) => header)
      assert.deepEqual(
        found?.filter((header) => header !== 'subject'),
        names?.filter((header) => header !== 'subject'),
      )
      const decoded = readHeader(got ?? assert.fail(), 'subject') ?? ''
      assert.doesNotMatch(decoded, /[\p{Cc}\u2028\u202e]/u)
    }),
    { numRuns: 100 },
  )
})
