import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createKeyring } from '../../../platform/kernel/keyring.ts'
import { silentLog } from '../../../platform/kernel/log.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import { message } from '../../../platform/ui/message.ts'
import { de } from '../../../platform/ui/messages/de.ts'
import { type NoticeKind, notice } from '../notice.ts'
import { createNotify, notifyNobody, writeNotice, writeTestMail } from './notify.ts'
import { createMailQueue } from './queue.ts'

const at = Date.UTC(2026, 10, 25, 8)
const voice = {
  brand: {
    name: 'Beispiel & Söhne',
    colour: '#0b5089',
    support: { phone: '030 1234', email: 'hilfe@example.org' },
  },
  publicUrl: 'https://login.example.org',
  timeZone: () => 'Europe/Berlin',
  defaultLanguage: 'de' as const,
}
const facts = {
  userId: 'usr_1',
  device: 'Erikas Pixel 9',
  app: 'Webmail',
  browser: message('browser.on', { browser: 'Firefox', system: 'Windows' }),
  place: 'Büro München',
  address: '192.0.2.7',
  left: 4,
}

test('a mail shows the time in the time zone of the installation', () => {
  const inNewYork = { ...voice, timeZone: () => 'America/New_York' }
  const { text } = writeNotice(
    inNewYork,
    notice('push_denied', { ifNotYou: 'mail.if_not.password' }),
    facts,
    { name: 'Erika', at },
  )
  assert.match(text, /Zeitpunkt: 25\. November 2026 um 03:00/)
})

test('a mail names a place in the language of its reader, not in that of the browser', () => {
  const names = { de: 'Büro München', en: 'Munich office' }
  const known = { ...facts, place: names.en }
  const write = (more: object, from = known) =>
    writeNotice({ ...voice, ...more }, notice('push_denied'), from, { name: 'Erika', at }).text
  const findPlace = (address: string, language: 'de' | 'en') =>
    address === facts.address ? names[language] : undefined
  assert.match(write({ findPlace }), /Ort: Büro München/)
  assert.match(write({ findPlace }, { ...known, address: '198.51.100.1' }), /Ort: Munich office/)
  assert.match(write({}), /Ort: Munich office/)
})

test('a mail is in the language of the last login of its reader, else of the browser, else the configured one', () => {
  const subjectFor = (person: object, here?: 'de' | 'en') =>
    writeNotice(
      { ...voice, defaultLanguage: 'en' },
      notice('push_denied'),
      { ...facts, language: here },
      { name: 'Erika', at, ...person },
    ).subject
  const german = 'Anmeldung am Telefon abgelehnt'
  assert.equal(subjectFor({ language: 'de' }, 'en'), german)
  assert.equal(subjectFor({}, 'de'), german)
  assert.equal(subjectFor({}), 'Sign-in denied on the phone')
})

test('the mail about a denied login says what happened, where, and what to do', () => {
  const mail = writeNotice(
    voice,
    notice('push_denied', { ifNotYou: 'mail.if_not.password' }),
    facts,
    { name: 'Dr. Erika Müller', at },
  )
  assert.equal(mail.subject, 'Anmeldung am Telefon abgelehnt')
  for (const part of [
    'Guten Tag Dr. Erika Müller',
    'Jemand hat Ihr Passwort richtig eingegeben.',
    'Zeitpunkt: 25. November 2026 um 09:00',
    'Gerät: Erikas Pixel 9',
    'Anwendung: Webmail',
    'Browser: Firefox',
    'Ort: Büro München',
    'Adresse: 192.0.2.7',
    'Waren Sie das nicht?',
    'Dann kennt jemand Ihr Passwort.',
    'Ihr Konto: https://login.example.org/account',
    '030 1234, hilfe@example.org',
  ]) {
    assert.ok(mail.text.includes(part), part)
  }
})

test('the German and the English mail differ', () => {
  const say = (language: 'de' | 'en') => writeTestMail(voice, language).text
  assert.notEqual(say('de'), say('en'))
})

test('a name that another person chose is plain text in a mail, never a link or markup', () => {
  const device =
    '<a href="https://evil.example/login">iPhone</a> http://evil.example www.evil.example'
  const { html, text } = writeNotice(
    voice,
    notice('device_added'),
    { ...facts, device },
    { name: device, at },
  )
  assert.doesNotMatch(html, /<a href="https:\/\/evil/)
  assert.doesNotMatch(text, /evil\.example|:\/\/evil/)
})

test('A29: no combination of characters in a name forms an address that a mail program would link', () => {
  const pieces = ['https://', 'mailto:', 'www', 'evil', 'example', '.', '/', '@', ':', '\\', ' ']
  // Full stops that an address may have in the place of the dot (IDNA).
  const stops = ['\u3002', '\uff0e', '\uff61', '\u2024', '\u200b']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces, ...stops), { maxLength: 40 }), (parts) => {
      const device = `Xaver ${parts.join('')}`
      const said = { ...facts, device }
      const { text } = writeNotice(voice, notice('device_added'), said, { name: device, at })
      const lines = text.split('\n').filter((line) => line.includes('Xaver'))
      assert.equal(lines.length, 2)
      for (const line of lines) {
        const name = line.slice(line.indexOf('Xaver')).replace(/,$/, '')
        assert.doesNotMatch(name, /[:/@\\]|\.\S|[\u3002\uff0e\uff61\u2024\u200b]/u)
        assert.ok(name.length <= 60)
      }
    }),
  )
})

test('A22: every link in every mail leads to the configured origin', () => {
  const evil = 'https://evil.example/'
  const said = { ...facts, device: evil, app: 'Webmail', place: 'Büro', address: '192.0.2.7' }
  const kinds = Object.keys(de).flatMap((key) => /^mail\.(\w+)\.subject$/.exec(key)?.[1] ?? [])
  const links = [
    {},
    { notMeUrl: `${voice.publicUrl}/not-me/a` },
    { reset: { url: `${voice.publicUrl}/forgot-password/link/a`, until: at } },
  ]
  assert.ok(kinds.length > 30 && kinds.includes('password_reset'))
  for (const kind of kinds.filter((one) => one !== 'test')) {
    for (const link of links) {
      const mail = writeNotice(
        voice,
        notice(kind as NoticeKind),
        { ...said, ...link },
        { name: evil, at },
      )
      for (const text of [mail.text, mail.html, mail.subject]) {
        for (const [url] of text.matchAll(/\w+:\/\/[^\s"<]*/g)) {
          assert.ok(url.startsWith(`${voice.publicUrl}/`), `${kind}: ${url}`)
        }
      }
    }
  }
})

test('A29: a name in a mail has too few digits for a telephone number', () => {
  for (const device of ['+49 900 1234567', '0800 123 456 7', '0-8-0-0-1-2-3-4-5', '٠١٢٣٤٥٦٧٨٩']) {
    const said = { ...facts, device: `Xaver ${device}` }
    const { text } = writeNotice(voice, notice('device_added'), said, { name: 'Erika', at })
    const line = text.split('\n').find((one) => one.includes('Xaver')) ?? ''
    assert.equal(line.match(/\p{Nd}/gu)?.length, 6, line)
  }
  const said = { ...facts, device: 'Pixel 8 Pro (2024)' }
  const { text } = writeNotice(voice, notice('device_added'), said, { name: 'Erika', at })
  assert.match(text, /Pixel 8 Pro \(2024\)/)
})

test('no name adds a line or markup to a mail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
      const plain = writeNotice(
        voice,
        notice('device_added'),
        { ...facts, device: 'x' },
        { name: 'x', at },
      )
      const mail = writeNotice(
        voice,
        notice('device_added'),
        { ...facts, device: name },
        { name: 'x', at },
      )
      assert.equal(mail.text.split('\n').length, plain.text.split('\n').length)
      assert.equal(mail.html.match(/</g)?.length, plain.html.match(/</g)?.length)
    }),
  )
})

onEachEngine((engine) => {
  test(`a notice is queued only for a user with one valid mail address (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = { now: () => at }
    const emails: Record<string, string | null> = {
      usr_1: 'erika@example.org',
      usr_2: null,
      usr_3: 'a@example.org>\r\nBcc: b@example.org',
      usr_4: 'a@example.org, b@example.org',
    }
    const notify = createNotify({
      voice,
      clock,
      log: silentLog,
      queue: createMailQueue({ clock, random: systemRandom, domain: 'example.org' }),
      async findUser(_queries, userId) {
        const email = emails[userId]
        return email === undefined ? undefined : { displayName: 'Erika\r\nBcc: x', email }
      },
    })
    for (const userId of [...Object.keys(emails), 'usr_gone'])
      await notify(db, notice('password_changed'), { userId })
    const rows = await db.selectFrom('mail_queue').selectAll().execute()
    assert.equal(rows.length, 1)
    assert.equal(rows[0]?.kind, 'password_changed')
    assert.equal(rows[0]?.user_id, 'usr_1')
    assert.equal(rows[0]?.recipient, 'erika@example.org')
    assert.equal(rows[0]?.recipient_name, 'Erika Bcc: x')
    assert.equal(rows[0]?.subject, 'Ihr Passwort wurde geändert')
  })

  test(`a "this was not me" link is sealed in the mail queue (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = { now: () => at }
    const keys = [{ id: 'k1', key: systemRandom.bytes(32) }]
    const keyring = createKeyring({ keys, random: systemRandom })
    const queue = createMailQueue({ clock, random: systemRandom, domain: 'example.org', keyring })
    const findUser = async () => ({ displayName: 'Erika', email: 'erika@example.org' })
    const notify = createNotify({ voice, clock, log: silentLog, queue, findUser })
    const notMeUrl = 'https://login.example.org/not-me/secret'
    await notify(db, notice('push_denied'), { userId: 'usr_1', notMeUrl })
    const [row] = await db.selectFrom('mail_queue').selectAll().execute()
    assert.equal(row?.useless_at, null)
    assert.ok(!JSON.stringify(row).includes('not-me'))
    const body = keyring.open(`mail_queue/${row?.id}/body_sealed`, row?.body_sealed ?? '')
    assert.ok(Buffer.from(body).includes(notMeUrl))
  })

  test(`without mail nothing is queued (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await notifyNobody(db, notice('device_added'), { userId: 'usr_1' })
    assert.deepEqual(await db.selectFrom('mail_queue').selectAll().execute(), [])
  })
})
