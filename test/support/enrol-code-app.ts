/** A code app in a real browser, whose codes `oathtool` computes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import type { Page } from 'playwright-core'
import { readText } from './guide.ts'

/** From the offer of second factors to the app. */
export async function enrolCodeApp(page: Page): Promise<void> {
  await page.click('button[value=totp]')
  await connectCodeApp(page)
}

/** The same in a browser with a session: the login that it began with is no proof of this act, so the password is typed again. */
export async function enrolCodeAppInSession(page: Page, password: string): Promise<void> {
  await page.click('button[value=totp]')
  assert.equal(await page.locator('.secret code').count(), 0)
  await page.fill('[name=password]', password)
  await page.press('[name=password]', 'Enter')
  await connectCodeApp(page)
}

async function connectCodeApp(page: Page): Promise<void> {
  const key = (await readText(page, '.secret code')).replaceAll(' ', '')
  const code = execFileSync('oathtool', ['--totp', '--base32', key], { encoding: 'utf8' }).trim()
  await page.fill('[name=code]', code)
  await page.click('button[value=connect]')
  await page.click('button[value=left]')
}
