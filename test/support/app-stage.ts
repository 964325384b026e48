/** A desktop that logs in, and a phone with the app of the Einlass authenticator, each in a browser of its own. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { showsNothingWrong } from './faults.ts'
import { person, readText, signIn } from './guide.ts'
import { erika, startInProcess } from './in-process.ts'

export const phoneScreen = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
} as const

export interface StageOptions {
  readonly locale?: string
  /** Of the configuration, beside what every stage has. */
  readonly section?: object
  /** Of the configuration as a whole. */
  readonly config?: object
  /** Of the address of the server. */
  readonly host?: string
  /** Of the phone's browser. */
  readonly phone?: BrowserContextOptions
  /** The browser of the phone, where it has to be another one. */
  readonly phoneBrowser?: Browser
}

export type PhoneStage = Awaited<ReturnType<typeof createPhoneStage>>

export async function createPhoneStage(t: Scope, browser: Browser, options: StageOptions = {}) {
  const { locale = 'de-DE', section, phone: more, phoneBrowser = browser, host } = options
  const clock = { offset: 0, now: () => Date.now() + clock.offset }
  const config = {
    authenticator: { enabled: true, ...section },
    default_policy: { second_factor: 'required', skips: 0 },
    ...options.config,
  }
  const { publicUrl, errors, db, parts, server } = await startInProcess(t, config, clock, host)
  const desktop = await person(t, browser, { locale })
  const phone = await person(t, phoneBrowser, { ...phoneScreen, locale, ...more })
  const login = async (who = erika) => {
    await desktop.page.context().clearCookies()
    await desktop.page.goto(`${publicUrl}/login`)
    await signIn(desktop.page, who)
  }
  return { publicUrl, errors, db, parts, server, clock, desktop, phone, login }
}

/** The six digits that a page or a phone shows. */
export const readCode = async (page: Page): Promise<string> =>
  (await readText(page, '.digits')).replace(/\D/g, '')

/** Anew, also where only the fragment is another one. */
export async function openApp(page: Page, address: string): Promise<void> {
  await page.goto('about:blank')
  await page.goto(address)
}

/** From the offer to a phone that works. */
export async function enrol(stage: PhoneStage): Promise<void> {
  await connectPhone(stage)
  await stage.desktop.page.locator('button[value=left]').click()
}

/** Up to the page after the enrolment. */
export async function connectPhone(stage: PhoneStage): Promise<void> {
  await stage.login()
  await stage.desktop.page.locator('button[value=authenticator]').click()
  await followLink(stage)
}

/** From the page with the QR code. */
export async function followLink({
  desktop,
  phone,
}: Pick<PhoneStage, 'desktop' | 'phone'>): Promise<void> {
  const link = desktop.page.locator('a[href*="/authenticator#enrol.1."]').first()
  await link.waitFor({ state: 'attached' })
  await openApp(phone.page, (await link.getAttribute('href')) ?? '')
  await phone.page.locator('#name').waitFor()
  await showsNothingWrong(phone.page)
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('#code').waitFor()
  await desktop.page.locator('.digits').waitFor()
  await showsNothingWrong(phone.page)
  await phone.page.fill('#code', await readCode(desktop.page))
  await phone.page.locator('button[type=submit]').click()
  await phone.page.locator('.sign.done').waitFor()
  await desktop.page.locator('button[value=left]').waitFor()
}

/** The desktop waits for the phone, and the phone shows the request. */
export async function beginLogin({ publicUrl, desktop, phone, login }: PhoneStage): Promise<void> {
  await login()
  await desktop.page.locator('.digits').waitFor()
  await openApp(phone.page, `${publicUrl}/authenticator`)
  await phone.page.locator('.call').click()
  await phone.page.locator('#code').waitFor()
}
