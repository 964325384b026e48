import assert from 'node:assert/strict'
import { test } from 'node:test'
import { message } from './message.ts'
import { createTranslator, findTimeZone } from './translate.ts'

const de = createTranslator('de')
const en = createTranslator('en')
/** 2027-01-14T23:30:00Z: the next day in Berlin. */
const at = 1_799_969_400_000

test('values are inserted into a message', () => {
  assert.equal(de(message('home.title', { name: 'Erika' })), 'Guten Tag, Erika')
  assert.equal(en(message('home.title', { name: 'Erika' })), 'Hello, Erika')
})

test('a number takes the plural form of the language', () => {
  assert.match(de(message('choice.skip.hint', { left: 1 })), /^Noch einmal möglich\. Danach/)
  assert.match(de(message('choice.skip.hint', { left: 3 })), /^Noch 3-mal möglich\. Wir fragen/)
  assert.match(en(message('choice.skip.hint', { left: 1 })), /^Possible 1 more time\./)
  assert.match(en(message('choice.skip.hint', { left: 0 })), /^Possible 0 more times\./)
})

test('a duration in seconds is written in words and rounded up', () => {
  assert.equal(de.duration(89.2), '1 Minute 30 Sekunden')
  assert.equal(en.duration(120), '2 minutes')
  assert.equal(de.duration(3660), '1 Stunde 1 Minute')
  assert.equal(de.duration(0), '0 Sekunden')
  assert.equal(de.duration(-4), '0 Sekunden')
  assert.equal(de(message('wait.time_left', { seconds: 30 })), 'Noch 30 Sekunden')
})

test('a date is shown in the time zone of the installation', () => {
  assert.equal(de.date(at), '15. Januar 2027')
  assert.equal(createTranslator('de', { timeZone: () => 'UTC' }).date(at), '14. Januar 2027')
  assert.equal(de.stamp(at), '15.01.2027,\u00a000:30')
  assert.equal(en.stamp(at), '15\u00a0Jan\u00a02027,\u00a000:30')
  assert.match(en.moment(at), /^15 January 2027 at 00:30$/)
})

test('a date without a time is the same in every time zone', () => {
  const until = message('choice.lead.until.plain', { date: '2027-01-15' })
  assert.match(
    createTranslator('de', { timeZone: () => 'America/New_York' })(until),
    /15\. Januar 2027/,
  )
})

test('a value in a message can be a message itself', () => {
  const sent = message('push.status.sent', { device: message('device.unnamed') })
  assert.equal(de(sent), 'Gesendet an Ihr Telefon. Warten auf Ihre Antwort\u00a0…')
  assert.equal(en(sent), 'Sent to your phone. Waiting for your answer\u00a0…')
})

test('values are never read as templates', () => {
  const name = '{name} {n, plural, one {x} other {y}} $& $1'
  assert.equal(de(message('home.title', { name })), `Guten Tag, ${name}`)
})

test('a text of the installation replaces the built-in text', () => {
  const own = createTranslator('de', { texts: { 'login.lead': 'Für Webmail und Portal.' } })
  assert.equal(own(message('login.lead')), 'Für Webmail und Portal.')
  assert.equal(own(message('login.title')), 'Anmelden')
})

test('times are shown in the configured time zone, or else in that of the machine', () => {
  assert.equal(findTimeZone({ time_zone: 'Asia/Tokyo' })(), 'Asia/Tokyo')
  assert.equal(findTimeZone({})(), new Intl.DateTimeFormat().resolvedOptions().timeZone)
})
