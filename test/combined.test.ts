// One QR code for push and codes, in a real browser, scanned by the phone in the terminal.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { createPhone, type PhoneMessage, type PhoneRequest } from '../src/dev/phone/phone.ts'
import { startReceiver } from '../src/dev/phone/receiver.ts'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import { systemRandom } from '../src/platform/kernel/random.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { launchChromium } from './support/browser.ts'
import { leaveDone, person, shownNumber, signIn } from './support/guide.ts'
import { erika, startInProcess } from './support/in-process.ts'

const config = {
  push: { combined_totp: true, senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } },
  default_policy: { second_factor: 'required', skips: 0 },
}

async function setUp(t: Scope) {
  const clock = { offset: 0, now: () => Date.now() + clock.offset }
  const server = await startInProcess(t, config, clock)
  const browser = await launchChromium()
  const folder = await mkdtemp(join(tmpdir(), 'einlass-combined-'))
  t.after(async () => {
    await browser.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function startPhone(name: string) {
    const inbox: PhoneMessage[] = []
    const start = await startReceiver({ port: 0, onMessage: (one) => void inbox.push(one) })
    if (start.type !== 'listening') throw new Error('no port for a phone')
    t.after(() => start.receiver.close())
    const options = { fetch, clock, random: systemRandom, log: silentLog }
    const phone = createPhone({ ...options, file: join(folder, `${name}.json`) })
    const { address: deviceId } = start.receiver
    return {
      ...phone,
      scan: (uri: string) => phone.scan(uri, { deviceId, deviceName: name }),
      next(): PhoneRequest {
        const message = inbox.shift()
        if (message === undefined) throw new Error('no message has come')
        const result = phone.receive(message)
        if (result.type !== 'request') throw new Error(`a message that is ${result.type}`)
        return result.request
      },
    }
  }
  return { ...server, clock, browser, startPhone }
}

async function enterPassword(page: Page, publicUrl: string): Promise<void> {
  await page.goto(`${publicUrl}/login`)
  await signIn(page, erika)
}

/** The registration behind the picture. */
async function openCode(page: Page, publicUrl: string): Promise<string> {
  await enterPassword(page, publicUrl)
  await page.locator('button[value=register]').click()
  await page.getByText(de['push.enrol.lead.codes']).waitFor()
  return (await page.locator('a[href^="mfauth:"]').first().getAttribute('href')) ?? ''
}

/** Until the message is with the phone. */
const isDelivered = (page: Page, name: string) => page.getByText(`Gesendet an ${name}`).waitFor()

test('one QR code connects a phone for push and codes, and the user can log in with its codes', async (t) => {
  const { publicUrl, browser, clock, startPhone, errors } = await setUp(t)
  const { page } = await person(t, browser)
  const phone = await startPhone('Erikas Telefon')
  const scanned = await phone.scan(await openCode(page, publicUrl))
  assert.ok(scanned.type === 'registered' && scanned.account.hasCode)
  await isDelivered(page, 'Erikas Telefon')
  const number = Number(await shownNumber(page))
  const shownBefore = phone.codes()[0]?.code ?? ''
  assert.deepEqual(await phone.answer(phone.next(), { type: 'approve', number }), { type: 'sent' })
  await leaveDone(page)
  await page.waitForURL(`${publicUrl}/`)

  await page.context().clearCookies()
  await enterPassword(page, publicUrl)
  await isDelivered(page, 'Erikas Telefon')
  await page.getByRole('button', { name: de['action.other'] }).click()
  await page.locator('button[value=totp]').click()
  await page.fill('[name=code]', shownBefore)
  await page.locator('button[value=confirm]').click()
  await page.getByText(de['totp.used.title']).waitFor()
  clock.offset += 30_000
  await page.fill('[name=code]', phone.codes()[0]?.code ?? '')
  await page.locator('button[value=confirm]').click()
  await page.waitForURL(`${publicUrl}/`)
  assert.deepEqual(errors, [])
})

test('A6: a second phone that scans the same QR code gets neither push nor codes', async (t) => {
  const { publicUrl, browser, startPhone, db } = await setUp(t)
  const { page } = await person(t, browser)
  const uri = await openCode(page, publicUrl)
  const phone = await startPhone('Erikas Telefon')
  const thief = await startPhone('Fremdes Telefon')
  assert.equal((await phone.scan(uri)).type, 'registered')
  assert.equal((await thief.scan(uri)).type, 'rejected')
  assert.deepEqual([thief.list(), thief.codes()], [[], []])
  await page.getByText(de['push.enrol.second_phone.title']).waitFor()
  await isDelivered(page, 'Erikas Telefon')
  const number = Number(await shownNumber(page))
  await phone.answer(phone.next(), { type: 'approve', number })
  await leaveDone(page)
  await page.waitForURL(`${publicUrl}/`)
  assert.deepEqual(await db.selectFrom('totp_authenticators').select('id').execute(), [])

  await page.context().clearCookies()
  await enterPassword(page, publicUrl)
  await isDelivered(page, 'Erikas Telefon')
  assert.equal(await page.locator('button[value=other], button[value=totp]').count(), 0)
})

test('A6: codes that are already in use are revoked when a second phone scans their QR code', async (t) => {
  const { publicUrl, browser, startPhone, db } = await setUp(t)
  const { page } = await person(t, browser)
  const uri = await openCode(page, publicUrl)
  const phone = await startPhone('Erikas Telefon')
  assert.equal((await phone.scan(uri)).type, 'registered')
  await isDelivered(page, 'Erikas Telefon')
  const number = Number(await shownNumber(page))
  await phone.answer(phone.next(), { type: 'approve', number })
  await leaveDone(page)
  await page.waitForURL(`${publicUrl}/`)
  const listCodes = () => db.selectFrom('totp_authenticators').select('status').execute()
  assert.deepEqual(await listCodes(), [{ status: 'active' }])

  const thief = await startPhone('Fremdes Telefon')
  assert.equal((await thief.scan(uri)).type, 'rejected')
  assert.deepEqual(await listCodes(), [])
})
