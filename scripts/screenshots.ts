/**
 * Makes the pictures in docs/images again: walks through its own demo with a browser and the phone in the terminal. node
 * scripts/screenshots.ts [folder]
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { start } from '../src/main.ts'
import { configSchema } from '../src/platform/config/schema.ts'
import { systemClock } from '../src/platform/kernel/clock.ts'
import { silentLog } from '../src/platform/kernel/log.ts'
import { launchChromium } from '../test/support/browser.ts'
import {
  leaveDone,
  person,
  type Stage,
  setStage,
  shownNumber,
  signIn,
  type TerminalPhone,
} from '../test/support/guide.ts'
import { photographWhole } from '../test/support/picture.ts'

const [folder = 'docs/images'] = process.argv.slice(2)
const erika = { username: 'erika.mustermann', password: 'Regenschirm im Mai' }
const max = { username: 'max.muster', password: 'Kaffee um halb acht' }

const walks = [registration, ownAccount, waysToAnswer, decline, onThePhone, firstStart, errors]

const ends: (() => unknown)[] = []
const scope: Scope = {
  after(end) {
    if (typeof end === 'function') ends.push(end as () => unknown)
  },
}

await mkdir(folder, { recursive: true })
const browser = await launchChromium()
const converter = await browser.newPage()
try {
  for (const walk of walks) await walk(browser)
} finally {
  for (const end of ends.reverse()) await end()
  await browser.close()
}

/** From an app to an enrolled phone, and the pages after that. */
async function registration(browser: Browser): Promise<void> {
  const stage = await setStage(scope)
  const page = await wide(browser)
  await enterApp(page, stage.webmail)
  await picture(page, 'login')
  await signIn(page, erika)
  await picture(page, 'choice')
  await page.locator('button[value=get_app]').click()
  await picture(page, 'get-app')
  await page.locator('button[value=register]').click()
  await page.locator('svg[role=img]').first().waitFor()
  await picture(page, 'qr')
  const phone = await scan(stage, page)
  await picture(page, 'test')
  console.log((await phone.says(/^[\s\S]*to deny[^\n]*/)).trimEnd())
  await phone.answer(await shownNumber(page))
  await page.locator('button[value=left]').waitFor()
  await picture(page, 'done')
  await leaveDone(page)
  await page.waitForURL(`${stage.webmail}/**`)
  await picture(page, 'app')
  await page.goto(`${stage.demo.publicUrl}/logout`)
  await page.locator('main button').click()
  await picture(page, 'logged-out')
}

/** The account pages: recovery codes, a passkey, and the list afterwards. */
async function ownAccount(browser: Browser): Promise<void> {
  const stage = await setStage(scope)
  const page = await wide(browser)
  await addAuthenticator(page)
  const phone = await enrolled(stage, page)
  const devices = `${stage.demo.publicUrl}/account/authenticators`
  await page.goto(devices)
  await page.locator('a[href$="/add/recovery"]').click()
  await page.locator('main button').first().click()
  await phone.answer(await shownNumber(page))
  await page.locator('.codes').waitFor()
  await picture(page, 'codes')
  await page.locator('button[value=saved]').click()
  await page.goto(`${devices}/add/passkey`)
  await page.locator('main button').first().click()
  await phone.answer(await shownNumber(page))
  await page.locator('[data-passkey] button').waitFor()
  await picture(page, 'passkey')
  await page.locator('[data-passkey] button').click()
  await page.waitForURL(`${devices}*`)
  await page.goto(devices)
  await picture(page, 'devices')
  await page.goto(`${stage.demo.publicUrl}/account`)
  await picture(page, 'account')
}

/** A fingerprint reader that is part of the machine. */
async function addAuthenticator(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

/** A login that waits for the phone, and two possible ends. */
async function waysToAnswer(browser: Browser): Promise<void> {
  const stage = await setStage(scope)
  const page = await wide(browser)
  const phone = await enrolled(stage, page)
  await waitForPhone(stage, page)
  await picture(page, 'number')
  await phone.answer('d')
  await page.locator('.number').waitFor({ state: 'detached' })
  await picture(page, 'denied')
  // After a message that was not approved, the next one has to wait for a moment.
  stage.pass(30_000)
  await waitForPhone(stage, page)
  stage.pass(3 * 60_000)
  await page.reload()
  await picture(page, 'expired')
}

/** A person who wants no second factor, and the note on their own page. */
async function decline(browser: Browser): Promise<void> {
  const stage = await setStage(scope)
  const page = await wide(browser)
  await enterApp(page, stage.portal)
  await signIn(page, max)
  await page.locator('button[value=decline]').click()
  await page.locator('[name=reason]').waitFor()
  await page.locator('button[value=decline]').click()
  await page.waitForURL(`${stage.portal}/**`)
  await page.goto(stage.demo.publicUrl)
  await page.getByRole('link', { name: 'Doch einrichten' }).waitFor()
  await picture(page, 'home')
}

/** The narrow pages in dark colours. */
async function onThePhone(browser: Browser): Promise<void> {
  const stage = await setStage(scope)
  const viewport = { width: 390, height: 700 }
  const touch = { hasTouch: true, isMobile: true }
  const options = { viewport, ...touch, colorScheme: 'dark', deviceScaleFactor: 1.5 } as const
  const { page } = await person(scope, browser, options)
  await enterApp(page, stage.webmail)
  await picture(page, 'login-dark')
  await enrolled(stage, page)
  await waitForPhone(stage, page)
  await picture(page, 'number-dark')
}

/** An installation without users. */
async function firstStart(browser: Browser): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'einlass-screenshots-'))
  const config = configSchema.parse({
    listen: { port: 0 },
    storage: { type: 'sqlite', file: join(data, 'einlass.db') },
    key_file: join(data, 'einlass.key'),
    brand: { name: 'Beispiel Versicherung' },
  })
  const running = await start({
    config,
    publicUrl: 'http://localhost',
    log: silentLog,
    clock: systemClock,
  })
  ends.push(async () => {
    await running.stop()
    await rm(data, { recursive: true })
  })
  const address = running.server.http.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const link = new URL((await running.server.setupLink()) ?? '')
  link.port = `${address.port}`
  link.hostname = '127.0.0.1'
  const page = await wide(browser)
  await page.goto(link.href)
  await picture(page, 'setup')
}

/** The pages when an app asks for something that it may not have. */
async function errors(browser: Browser): Promise<void> {
  const stage = await setStage(scope)
  const page = await wide(browser)
  await page.goto(`${stage.demo.publicUrl}/oidc/auth?client_id=unknown`)
  await picture(page, 'error')
}

async function wide(browser: Browser): Promise<Page> {
  const viewport = { width: 900, height: 560 }
  const { page } = await person(scope, browser, { viewport, deviceScaleFactor: 1.25 })
  return page
}

async function enterApp(page: Page, app: string): Promise<void> {
  await page.goto(app)
  await page.locator('a[href="/login"], form[action="/login"] button').first().click()
}

async function scan(stage: Stage, page: Page): Promise<TerminalPhone> {
  const phone = stage.phone('erika')
  phone.scan(await page.locator('a[href^="pushauth:"]').first().getAttribute('href'))
  await page.locator('.number').waitFor()
  return phone
}

/** Erika, signed in with a phone that listens. */
async function enrolled(stage: Stage, page: Page): Promise<TerminalPhone> {
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  await page.locator('button[value=register]').click()
  const phone = await scan(stage, page)
  await phone.answer(await shownNumber(page))
  await leaveDone(page)
  await page.waitForURL(`${stage.webmail}/**`)
  await phone.listen()
  return phone
}

/** A new login, up to the page that waits for the phone. */
async function waitForPhone(stage: Stage, page: Page): Promise<void> {
  await page.context().clearCookies()
  await enterApp(page, stage.webmail)
  await signIn(page, erika)
  await page.locator('.number').waitFor()
  await page.getByText('Gesendet an').waitFor()
}

/** The whole page as WebP, which Chromium can write. */
async function picture(page: Page, name: string): Promise<void> {
  const png = await photographWhole(page, { animations: 'disabled' })
  const url = await converter.evaluate(
    async (source) => {
      const image = new Image()
      image.src = source
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      canvas.getContext('2d')?.drawImage(image, 0, 0)
      return canvas.toDataURL('image/webp', 0.7)
    },
    `data:image/png;base64,${png.toString('base64')}`,
  )
  const bytes = Buffer.from(url.replace(/^[^,]*,/, ''), 'base64')
  await writeFile(join(folder, `${name}.webp`), bytes)
}
