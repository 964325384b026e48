/** A person's own account in a real browser: with scripts and without, on a desktop and at 320 px. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { codeAt, stepAt } from '../src/login/factors/totp/verify.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import {
  connectPhone,
  erika,
  heading,
  max,
  person,
  readText,
  type Stage,
  setStage,
  shownNumber,
  signIn,
  type TerminalPhone,
} from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

interface Look {
  readonly name: string
  readonly options: BrowserContextOptions
  readonly hasScripts: boolean
}

const looks: readonly Look[] = [
  { name: 'on a desktop', options: {}, hasScripts: true },
  {
    name: 'at 320 px without scripts',
    options: { javaScriptEnabled: false, viewport: { width: 320, height: 640 } },
    hasScripts: false,
  },
]

/** Erika with a phone, logged in to her own pages. */
async function erikaAtHome(stage: Stage, page: Page): Promise<TerminalPhone> {
  const phone = stage.phone('erika')
  await page.goto(`${stage.demo.publicUrl}/account`)
  await signIn(page, erika)
  await connectPhone(page, phone)
  await page.waitForURL(`${stage.demo.publicUrl}/account`)
  await phone.listen()
  return phone
}

async function follow(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('link', { name }).first().click()
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

/** The code that a code app shows after it has scanned the page. */
async function codeOf(page: Page, now: number): Promise<string> {
  return codeFor(await secretOf(page), now)
}

async function secretOf(page: Page): Promise<string> {
  const uri = await page.locator('a[href^="otpauth:"]').first().getAttribute('href')
  return new URL(uri ?? '').searchParams.get('secret') ?? ''
}

function codeFor(secret: string, now: number): string {
  const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const
  return codeAt(fromBase32(secret), stepAt(now, parameters), parameters)
}

function fromBase32(text: string): Uint8Array {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...text].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0'))
  return Uint8Array.from(bits.join('').match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}

for (const look of looks) {
  test(`a user tests a phone, then adds a code app and removes it (${look.name})`, async (t) => {
    const stage = await setStage(t)
    const { page, errors } = await person(t, browser, look.options)
    const phone = await erikaAtHome(stage, page)
    assert.equal(await heading(page), 'Ihr Konto')
    await showsNothingWrong(page, look)

    await follow(page, /Geräte und Passkeys/)
    await showsNothingWrong(page, look)
    await follow(page, /Erikas Telefon/)
    assert.equal(await heading(page), 'Erikas Telefon')
    await showsNothingWrong(page, look)

    await press(page, 'Probe senden')
    await page.locator('.number').waitFor()
    await phone.answer(await shownNumber(page))
    await page.getByRole('heading', { name: 'Die Probe kam an' }).waitFor()
    await showsNothingWrong(page, look)
    await press(page, 'Fertig')

    await follow(page, 'Entfernen')
    assert.equal(await heading(page), 'Erikas Telefon wird gebraucht')
    assert.match(await readText(page, 'main'), /Webmail/)
    await showsNothingWrong(page, look)

    await follow(page, 'Anderes Gerät hinzufügen')
    await showsNothingWrong(page, look)
    await follow(page, /Code-App/)
    assert.equal(await heading(page), 'Code-App hinzufügen')
    assert.match(await readText(page, 'main'), /bestätigen Sie mit Ihrem zweiten Faktor/)
    await showsNothingWrong(page, look)
    await press(page, 'Beginnen')
    await phone.answer(await shownNumber(page))
    await page.fill('[name=code]', await codeOf(page, Date.now()))
    await press(page, 'Verbinden')
    assert.match(await readText(page, '.note.success'), /Hinzugefügt\./)
    await showsNothingWrong(page, look)

    await follow(page, /Code-App/)
    await follow(page, 'Umbenennen')
    await showsNothingWrong(page, look)
    await page.fill('[name=name]', 'Codes auf dem Tablet')
    await press(page, 'Namen speichern')
    assert.equal(await heading(page), 'Codes auf dem Tablet')
    await follow(page, 'Entfernen')
    assert.equal(await heading(page), 'Codes auf dem Tablet entfernen?')
    await showsNothingWrong(page, look)
    await press(page, 'Entfernen')
    await phone.answer(await shownNumber(page))
    await page.locator('.note.success').waitFor()
    assert.match(await readText(page, '.note.success'), /Entfernt\./)
    assert.doesNotMatch(await readText(page, 'main'), /Tablet/)
    assert.deepEqual(errors, [])
  })
}

test('a user who adds a first factor reads that it was added before the page asks for it', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  await page.goto(stage.demo.publicUrl)
  await signIn(page, max)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.demo.publicUrl}/`)
  await page.goto(`${stage.demo.publicUrl}/account/authenticators/add/totp`)
  assert.match(await readText(page, 'main'), /geben Sie Ihr Passwort ein/)
  await press(page, 'Beginnen')
  await showsNothingWrong(page)
  await page.fill('[name=password]', max.password)
  await page.press('[name=password]', 'Enter')
  await page.locator('[name=code]').waitFor()
  await showsNothingWrong(page)
  const field = await page.locator('[name=code]').boundingBox()
  const code = await page.locator('.scan-code .desk svg').boundingBox()
  assert.ok(field && code && field.y < code.y + code.height, 'the field stands beside the code')
  const now = Date.now()
  const secret = await secretOf(page)
  await page.fill('[name=code]', codeFor(secret, now))
  await press(page, 'Verbinden')
  assert.equal(await heading(page), 'Noch eine Bestätigung')
  assert.match(await readText(page, '.note.success'), /Hinzugefügt\./)
  await showsNothingWrong(page)
  await press(page, 'Jetzt bestätigen')
  stage.pass(30_000)
  await page.fill('[name=code]', codeFor(secret, now + 30_000))
  await press(page, 'Bestätigen')
  assert.equal(await heading(page), 'Geräte und Passkeys')
  assert.match(await readText(page, '.note.success'), /Hinzugefügt\./)
  assert.deepEqual(errors, [])
})

test('a change to the account asks the phone once, and a cancelled one changes nothing', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  const phone = await erikaAtHome(stage, page)
  await page.goto(`${stage.demo.publicUrl}/account/authenticators/add`)
  await follow(page, /ForgeRock Authenticator/)
  assert.equal(await heading(page), 'Telefon hinzufügen')
  await press(page, 'Beginnen')
  await phone.answer(await shownNumber(page))
  await page.locator('button[value=back]').click()
  assert.equal(await heading(page), 'Geräte und Passkeys')
})

test('a user sees their sessions and their activity, and signs out all other browsers', async (t) => {
  const stage = await setStage(t)
  const look = { name: '', options: {}, hasScripts: true }
  const { page } = await person(t, browser)
  const phone = await erikaAtHome(stage, page)
  const other = await person(t, browser)
  await other.page.goto(`${stage.demo.publicUrl}/account`)
  await signIn(other.page, erika)
  await other.page.locator('.number').waitFor()
  await phone.answer(await shownNumber(other.page))
  await other.page.waitForURL(`${stage.demo.publicUrl}/account`)

  await page.goto(`${stage.demo.publicUrl}/account`)
  assert.match(await readText(page, 'main'), /In 2 Browsern angemeldet/)
  await follow(page, /Anmeldungen/)
  await showsNothingWrong(page, look)
  await press(page, 'Überall sonst abmelden')
  assert.match(await readText(page, '.note.success'), /Abgemeldet/)
  await other.page.reload()
  assert.equal(await heading(other.page), 'Anmelden')

  await page.goto(`${stage.demo.publicUrl}/account`)
  await follow(page, /Verlauf/)
  await showsNothingWrong(page, look)
  const said = await readText(page, 'main')
  for (const words of ['Telefon hinzugefügt', 'Auf dem Telefon bestätigt', 'von Ihnen beendet']) {
    assert.ok(said.includes(words), words)
  }
})
