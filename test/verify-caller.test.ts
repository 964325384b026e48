// A caller at the service desk: the operator asks the phone, and the caller reads out what they chose on it.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { by } from '../src/cli/operator.ts'
import { createPlainBrowser, findNumber } from '../src/dev/test-support/plain-browser.ts'
import { findVerifiedCaller } from '../src/login/factors/caller.ts'
import { createInstallation } from './support/installation.ts'
import { startTestPhone } from './support/test-phone.ts'
import { enrolPhone, enterPassword, pathOfPage } from './support/way-in.ts'

/** The commands run as this process does. */
const wanted = { by, since: 0, usedUpBy: [] }
const who = { username: 'erika', password: 'Regenschirm im Mai' }
const config = { push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } } }

async function openDesk(t: TestContext) {
  const installation = await createInstallation(t, { config })
  const { id } = await installation.addUser({ ...who, displayName: 'Erika Mustermann' })
  await installation.serve()
  const phone = await startTestPhone(t, 'Erikas iPhone')
  await enrolPhone(createPlainBrowser(installation.publicUrl), who, phone)
  return { ...installation, phone, id }
}

test('the number that the caller chose verifies the caller, and the command does not show it before', async (t) => {
  const { converse, db, phone, id } = await openDesk(t)
  const desk = await converse(['verify-caller', 'erika'])
  const message = await phone.nextMessage()
  await desk.untilAsked(/"Erikas iPhone" of erika \(Erika Mustermann\) is asked/)
  const { kind, text } = message.notification
  assert.ok(kind.type === 'challenge')
  assert.match(`${text}`, /Service Desk: Wählen Sie eine Zahl und lesen Sie sie am Telefon vor/)
  // The request comes from the service desk, not from a browser.
  const { attributes, context } = message.notification
  assert.deepEqual([Object.keys(attributes), context], [['app', 'time'], {}])
  const [, chosen = 0] = kind.numbers
  assert.equal((await phone.answer(message, { type: 'approve', number: chosen })).status, 200)
  await desk.untilAsked(/The number that the caller reads out: $/)
  for (const number of kind.numbers)
    assert.doesNotMatch(desk.asked(), new RegExp(`\\b${number}\\b`))
  desk.type(`${chosen}`)
  const { code, stdout } = await desk.ended
  assert.deepEqual([code, stdout], [0, 'Verified: the caller holds an authenticator of erika.\n'])
  assert.notEqual(await findVerifiedCaller(db, id, wanted), undefined)
})

test('the desk asks in the language of the caller’s last login', async (t) => {
  const { converse, phone, publicUrl } = await openDesk(t)
  const browser = createPlainBrowser(publicUrl)
  await browser.get('/login?lang=en')
  const waiting = await enterPassword(browser, who)
  const message = await phone.nextMessage()
  assert.match(message.notification.text, /^Anmeldung bei/)
  await phone.answer(message, { type: 'approve', number: findNumber(waiting) })
  await browser.follow(await browser.get(pathOfPage(waiting)))
  const desk = await converse(['verify-caller', 'erika'])
  const asked = await phone.nextMessage()
  assert.match(asked.notification.text, /^Service desk: choose a number/)
  await phone.answer(asked, { type: 'deny', challenge: true })
  assert.equal((await desk.ended).code, 1)
})

test('a caller who guesses the number is not verified after one wrong guess', async (t) => {
  const { converse, db, phone, id } = await openDesk(t)
  const desk = await converse(['verify-caller', 'erika', '--json'])
  const message = await phone.nextMessage()
  const { kind } = message.notification
  assert.ok(kind.type === 'challenge')
  const [chosen = 0] = kind.numbers
  await phone.answer(message, { type: 'approve', number: chosen })
  desk.type(chosen === 55 ? '56' : '55')
  const { code, stdout } = await desk.ended
  assert.deepEqual(
    [code, JSON.parse(stdout)],
    [1, { username: 'erika', isVerified: false, reason: 'wrong_answer' }],
  )
  assert.equal(await findVerifiedCaller(db, id, wanted), undefined)
})

test('an owner who did not call denies the request on the phone, and the service desk reads that', async (t) => {
  const { converse, phone } = await openDesk(t)
  const desk = await converse(['verify-caller', 'erika'])
  await phone.answer(await phone.nextMessage(), { type: 'deny', challenge: true })
  const { code, stdout } = await desk.ended
  assert.equal(code, 1)
  assert.match(stdout, /^Not verified: the request was denied/)
})
