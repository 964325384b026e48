// What a stolen storage is worth: keys in the app of the Einlass authenticator, in real browsers.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import {
  beginLogin,
  createPhoneStage,
  enrol,
  openApp,
  type PhoneStage,
  readCode,
} from './support/app-stage.ts'
import { addAuthenticator } from './support/authenticator.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { heading, readText } from './support/guide.ts'
import { createProfiles } from './support/profile.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const host = 'localhost'

interface Seen {
  readonly keys: readonly string[]
  readonly exported: readonly string[]
  readonly wrapped: number
  /** The text of all that is stored, bytes as base64. */
  readonly text: string
}

/** What script in the page finds in the storage, and what it can take out of it. */
const readStorage = (page: Page): Promise<Seen> =>
  page.evaluate(async () => {
    const finish = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const database = await finish(indexedDB.open('einlass-authenticator'))
    const accounts = await finish(database.transaction('accounts').objectStore('accounts').getAll())
    database.close()
    const keys: CryptoKey[] = []
    const texts: string[] = []
    let wrapped = 0
    const look = (value: unknown) => {
      if (value instanceof CryptoKey) keys.push(value)
      else if (value instanceof Uint8Array) texts.push(btoa(String.fromCharCode(...value)))
      else if (typeof value === 'object' && value !== null) {
        if ('type' in value && value.type === 'wrapped') wrapped += 1
        for (const member of Object.values(value)) look(member)
      } else texts.push(String(value))
    }
    look(accounts)
    const exported: string[] = []
    for (const key of keys) {
      for (const form of ['pkcs8', 'jwk', 'raw', 'spki'] as const) {
        await crypto.subtle.exportKey(form, key).then(
          () => exported.push(`${key.usages} ${form}`),
          () => undefined,
        )
      }
      // A structured clone is what a message to another window or worker would be.
      const clone = structuredClone(key)
      if (clone.extractable) exported.push('clone')
    }
    return {
      keys: keys.map(({ type, usages }) => `${type} ${usages}`),
      exported,
      wrapped,
      text: texts.join(' '),
    }
  })

/** The outcome that the phone shows. */
async function confirm({ desktop, phone }: Pick<PhoneStage, 'desktop' | 'phone'>): Promise<void> {
  await phone.page.fill('#code', await readCode(desktop.page))
  await phone.page.locator('button[type=submit]').click()
}

const isDone = (page: Page) => page.locator('.sign.done').waitFor()

test('a script in the page cannot export a key or reach a page of another origin', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { phone, publicUrl } = stage
  await enrol(stage)
  await openApp(phone.page, `${publicUrl}/authenticator`)
  const seen = await readStorage(phone.page)
  assert.ok(seen.keys.includes('private sign'), seen.keys.join(', '))
  assert.deepEqual(seen.exported, [])
  // Cross-Origin-Opener-Policy parts the windows, so there is nobody to post a key to.
  const evil = publicUrl.replace('127.0.0.1', 'localhost')
  await phone.page.goto(`${evil}/healthz`)
  const opening = phone.page.waitForEvent('popup')
  await phone.page.evaluate((address) => void open(address), `${publicUrl}/authenticator`)
  const popup = await opening
  await popup.waitForLoadState()
  assert.equal(await popup.evaluate(() => opener === null), true)
})

test('a screen lock with PRF encrypts the key in the storage and raises the strength of the proof', async (t) => {
  const stage = await createPhoneStage(t, browser, { host })
  const { desktop, phone, db } = stage
  const lock = await addAuthenticator(phone.page, true)
  await enrol(stage)
  const first = await readStorage(phone.page)
  assert.ok(first.wrapped > 0)
  assert.deepEqual(first.exported, [])
  assert.equal(
    first.keys.filter((key) => key === 'private sign').length,
    1,
    'only the one that reads',
  )
  await beginLogin(stage)
  await showsNothingWrong(phone.page)
  await confirm(stage)
  await isDone(phone.page)
  await desktop.page.locator('a[href="/account"]').first().waitFor()
  const next = await readStorage(phone.page)
  assert.notEqual(next.text, first.text)
  const proofs = await db
    .selectFrom('proofs')
    .select(['strength', 'amr'])
    .where('factor', '=', 'authenticator')
    .execute()
  assert.deepEqual(new Set(proofs.map(({ strength }) => strength)), new Set(['verified_code']))
  assert.ok(proofs.every(({ amr }) => amr.includes('mfa')))
  await lock.set({ verified: false })
  await beginLogin(stage)
  await confirm(stage)
  await phone.page.locator('.status.error').waitFor()
  await showsNothingWrong(phone.page)
  await phone.page.getByRole('button', { name: 'Ablehnen' }).click()
  await phone.page.locator('.status.error').filter({ hasText: 'niemand' }).waitFor()
  assert.deepEqual([...desktop.errors, ...phone.errors], [])
  assert.deepEqual(stage.errors, [])
})

test('if a rule requires a screen lock, a phone can be enrolled only with one', async (t) => {
  const stage = await createPhoneStage(t, browser, {
    host,
    config: { default_policy: { second_factor: 'required', skips: 0, level: 'verified_code' } },
  })
  const { desktop, phone, login } = stage
  await login()
  await desktop.page.locator('button[value=authenticator]').click()
  const link = desktop.page.locator('a[href*="/authenticator#enrol.1."]').first()
  await link.waitFor({ state: 'attached' })
  await openApp(phone.page, (await link.getAttribute('href')) ?? '')
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.status.error').waitFor()
  assert.match(await readText(phone.page, '.status.error'), /Bildschirmsperre/)
  await showsNothingWrong(phone.page)
  await addAuthenticator(phone.page)
  // The same page goes on as soon as there is one.
  await phone.page.locator('button[type=submit]').click()
  await desktop.page.locator('.digits').waitFor()
  await phone.page.locator('#code').waitFor()
  await confirm(stage)
  await isDone(phone.page)
})

test('a user whom the screen lock does not verify can add the account without it, if no rule requires it', async (t) => {
  const stage = await createPhoneStage(t, browser, { host })
  const { desktop, phone, login } = stage
  const lock = await addAuthenticator(phone.page)
  await lock.set({ verified: false })
  await login()
  await desktop.page.locator('button[value=authenticator]').click()
  const link = desktop.page.locator('a[href*="/authenticator#enrol.1."]').first()
  await link.waitFor({ state: 'attached' })
  await openApp(phone.page, (await link.getAttribute('href')) ?? '')
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.status.error').waitFor()
  await showsNothingWrong(phone.page)
  await phone.page.getByRole('button', { name: 'Ohne Bildschirmsperre' }).click()
  await desktop.page.locator('.digits').waitFor()
  await phone.page.locator('#code').waitFor()
  await confirm(stage)
  await isDone(phone.page)
  assert.equal(await lock.count(), 0)
})

test('when a copied profile was used, the next answer of the other copy is refused and its owner reads of a copy', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { desktop, db, publicUrl } = stage
  const profiles = await createProfiles(t)
  const before = await profiles.open('own')
  await enrol({ ...stage, phone: before })
  await before.close()
  await profiles.copy('own', 'stolen')

  const thief = await profiles.open('stolen')
  await beginLogin({ ...stage, phone: thief })
  await confirm({ desktop, phone: thief })
  await isDone(thief.page)
  await desktop.page.locator('a[href="/account"]').first().waitFor()

  const phone = await profiles.open('own')
  await beginLogin({ ...stage, phone })
  await confirm({ desktop, phone })
  const said = phone.page.locator('.status.error')
  await said.waitFor()
  assert.match((await said.textContent()) ?? '', /Kopie/)
  await showsNothingWrong(phone.page)
  await desktop.page.locator('.digits').waitFor({ state: 'detached' })
  assert.match(await readText(desktop.page, 'main'), /Kopie/)
  const types = await db.selectFrom('audit_events').select('type').execute()
  assert.equal(types.filter(({ type }) => type === 'authenticator_copied').length, 1)
  // The copy shows it too, and can no longer confirm.
  await openApp(thief.page, `${publicUrl}/authenticator`)
  await thief.page.locator('.accounts .note').waitFor()
  await thief.page.locator('.accounts .card').first().click()
  await thief.page.getByText('auf einer Kopie dieses Telefons').waitFor()
})

test('with a PRF screen lock a copied profile cannot answer, and the original phone still can', async (t) => {
  const stage = await createPhoneStage(t, browser, { host })
  const { desktop, publicUrl } = stage
  const profiles = await createProfiles(t)
  const phone = await profiles.open('own')
  await addAuthenticator(phone.page, true)
  await enrol({ ...stage, phone })
  await profiles.copy('own', 'stolen')
  const thief = await profiles.open('stolen')
  const other = await addAuthenticator(thief.page, true)
  const sent: string[] = []
  thief.page.on('request', (request) => sent.push(request.url()))
  await beginLogin({ ...stage, phone: thief })
  await confirm({ desktop, phone: thief })
  await thief.page.locator('.status.error').waitFor()
  await thief.page.getByRole('button', { name: 'Ablehnen' }).click()
  await thief.page.locator('.status.error').filter({ hasText: 'niemand' }).waitFor()
  assert.ok(sent.some((url) => url.endsWith('/v1/fetch')))
  assert.ok(!sent.some((url) => url.endsWith('/v1/answer')))
  assert.equal(await other.count(), 0)
  assert.deepEqual((await readStorage(thief.page)).exported, [])
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.call').click()
  await confirm({ desktop, phone })
  await isDone(phone.page)
  await desktop.page.locator('a[href="/account"]').first().waitFor()
})

test('when two tabs of the app answer at once, one is accepted and the phone stays active', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { phone, desktop, db, publicUrl } = stage
  await enrol(stage)
  await beginLogin(stage)
  const second = await phone.page.context().newPage()
  await second.goto(`${publicUrl}/authenticator`)
  await second.locator('.call').click()
  const code = await readCode(desktop.page)
  for (const page of [phone.page, second]) await page.fill('#code', code)
  await Promise.all(
    [phone.page, second].map((page) =>
      page.evaluate(() => document.querySelector('form')?.requestSubmit()),
    ),
  )
  for (const page of [phone.page, second]) await page.locator('.sign').waitFor()
  const headings = await Promise.all([phone.page, second].map(heading))
  assert.deepEqual(headings.sort(), ['Bestätigt', 'Schon beantwortet'])
  await desktop.page.locator('a[href="/account"]').first().waitFor()
  const { status } = await db
    .selectFrom('authenticator_devices')
    .select('status')
    .executeTakeFirstOrThrow()
  assert.equal(status, 'active')
})

const deny = ({ phone }: Pick<PhoneStage, 'phone'>) =>
  phone.page.getByRole('button', { name: 'Ablehnen' }).click()

for (const { name, answer, text } of [
  { name: 'confirmed', answer: confirm, text: 'Sie haben auf diesem Telefon schon bestätigt.' },
  { name: 'denied', answer: deny, text: 'Auf diesem Telefon wurde schon abgelehnt.' },
]) {
  test(`a tab of the app shows that another tab has ${name} the request`, async (t) => {
    const stage = await createPhoneStage(t, browser)
    const { phone, publicUrl } = stage
    await enrol(stage)
    await beginLogin(stage)
    const second = await phone.page.context().newPage()
    await second.goto(`${publicUrl}/authenticator`)
    await second.locator('.call').click()
    await second.locator('#code').waitFor()
    await answer(stage)
    await second.locator('.sign').waitFor()
    assert.equal(await heading(second), 'Schon beantwortet')
    await second.getByText(text).waitFor()
  })
}

test('an app whose storage the browser deleted starts empty, and the login page offers its owner help', async (t) => {
  const stage = await createPhoneStage(t, browser)
  const { phone, desktop, publicUrl } = stage
  await enrol(stage)
  await phone.page.goto('about:blank')
  const cdp = await phone.page.context().newCDPSession(phone.page)
  await cdp.send('Storage.clearDataForOrigin', { origin: publicUrl, storageTypes: 'all' })
  await phone.page.goto(`${publicUrl}/authenticator`)
  await phone.page.locator('.empty').waitFor()
  await showsNothingWrong(phone.page)
  await stage.login()
  await desktop.page.locator('button[value=trouble]').waitFor()
  assert.deepEqual(phone.errors, [])
})
