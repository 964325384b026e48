// A brand, people, phones and groups whose names are in any script of the world: nothing that they meet fails or garbles a name.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { createPlainBrowser, findNumber } from '../src/dev/test-support/plain-browser.ts'
import { beginLogin, createPhoneStage, enrol, openApp, readCode } from './support/app-stage.ts'
import { addAuthenticator } from './support/authenticator.ts'
import { launchChromium } from './support/browser.ts'
import { createInstallation } from './support/installation.ts'
import { mailUser, readHeader, readPart, startMailServer } from './support/mail-server.ts'
import { startTestPhone } from './support/test-phone.ts'
import { enrolPhone, enterPassword, pathOfPage } from './support/way-in.ts'

const address = 'erika@example.org'
const password = 'Regenschirm im Mai'

const places = [
  { brand: 'Страхование', person: 'Ёлка Щукина', username: 'ёлка', phone: 'Телефон Щукиной' },
  { brand: 'Ασφάλεια', person: 'Ζωή Παπαδοπούλου', username: 'ζωή', phone: 'Κινητό της Ζωής' },
  { brand: '保険サンプル', person: '山田 花子', username: '花子', phone: '花子のスマホ' },
  { brand: 'תאמין דוגמה', person: 'נועה כהן', username: 'נועה', phone: 'הטלפון של נועה' },
  { brand: '🦊 Fuchs und Söhne 🔐', person: 'Zoë 🌻', username: 'zoë', phone: '📱 von Zoë' },
]

for (const { brand, person, username, phone: phoneName } of places) {
  test(`a person enrols a phone, logs in with it and gets mails where the brand is named ${brand}`, async (t) => {
    const server = await startMailServer(t, { allowInsecureAuth: true })
    const { db, ...installation } = await createInstallation(t, {
      config: {
        brand: { name: brand },
        push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } },
        mail: {
          from: 'login@example.org',
          smtp: { host: '127.0.0.1', port: server.port, security: 'none', ...mailUser },
        },
      },
    })
    const who = { username, password }
    const user = await installation.addUser({ ...who, displayName: person, email: address })
    const running = await installation.serve()
    const browser = createPlainBrowser(running.url)
    const phone = await startTestPhone(t, phoneName)
    await enrolPhone(browser, who, phone)
    assert.ok((await browser.get('/')).text.includes(brand))
    assert.ok((await browser.get('/account/authenticators')).text.includes(phoneName))
    while (server.received.length < 1) await wait(20)
    const [mail] = server.received
    assert.ok(mail)
    const letters = brand.replace(/[^\p{L} ]/gu, '').trim()
    assert.ok(readHeader(mail, 'from')?.includes(letters))
    for (const type of ['text/plain', 'text/html'] as const)
      assert.ok(readPart(mail, type).includes(phoneName), type)

    const { user_id } = await db.selectFrom('push_devices').selectAll().executeTakeFirstOrThrow()
    assert.equal(user_id, user.id)
    const shown = await installation.command(['factor', 'list', username])
    assert.ok(shown.includes(phoneName))
    assert.ok((await installation.command(['user', 'show', username])).includes(person))
    assert.ok((await installation.command(['user', 'export', username])).includes(phoneName))
    assert.match(await installation.command(['audit', 'verify']), /intact/)

    const next = createPlainBrowser(running.url)
    const page = await enterPassword(next, who)
    const message = await phone.nextMessage()
    assert.ok(message.notification.text?.includes(brand))
    await phone.answer(message, { type: 'approve', number: findNumber(await next.follow(page)) })
    assert.equal((await next.follow(await next.get(pathOfPage(page)))).status, 200)
    await running.stop()
    assert.doesNotMatch(running.output(), /"level":(50|60)/)
  })
}

const mixed = { brand: '保険サンプル 🦊', person: '山田 花子 🌻' }

test(`an Einlass authenticator, a passkey and a code app are enrolled where the brand is named ${mixed.brand}`, async (t) => {
  const browser = await launchChromium()
  t.after(() => browser.close())
  const { brand, person } = mixed
  const config = { brand: { name: brand }, recovery_codes: 'account' }
  const stage = await createPhoneStage(t, browser, { host: 'localhost', config })
  const { db, publicUrl, desktop, phone, errors } = stage
  await db.updateTable('users').set({ display_name: person }).execute()
  await enrol(stage)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.getByText(brand, { exact: true }).first().waitFor()
  await beginLogin(stage)
  await phone.page.fill('#code', await readCode(desktop.page))
  await phone.page.locator('button[type=submit]').click()
  await desktop.page.waitForURL(`${publicUrl}/`)

  const { page } = desktop
  await page.goto(`${publicUrl}/account/authenticators/add/totp`)
  await page.click('button[value=begin]')
  await confirmOn(phone.page, page)
  const key = (await page.locator('.secret code').textContent())?.replaceAll(' ', '') ?? ''
  const code = execFileSync('oathtool', ['--totp', '--base32', key], { encoding: 'utf8' }).trim()
  await page.fill('[name=code]', code)
  await page.click('button[value=connect]')
  await page.locator('.note.success').waitFor()

  const authenticator = await addAuthenticator(page)
  await page.goto(`${publicUrl}/account/authenticators/add/passkey`)
  await page.click('button[value=begin]')
  await confirmOn(phone.page, page)
  await page.locator('[data-passkey] button').click()
  await page.locator('.note.success').waitFor()
  assert.deepEqual(await authenticator.names(), [person])
  assert.deepEqual(errors, [])
})

/** Types the code that the page shows into the phone. */
async function confirmOn(phone: Page, page: Page): Promise<void> {
  const code = await readCode(page)
  await openApp(phone, new URL('/authenticator', page.url()).href)
  await phone.locator('.call').click()
  await phone.fill('#code', code)
  await phone.locator('button[type=submit]').click()
}
