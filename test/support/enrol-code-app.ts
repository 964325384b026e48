/** A code app in a real browser, whose codes `oathtool` computes. */
import { execFileSync } from 'node:child_process'
import type { Page } from 'playwright-core'
import { readText } from './guide.ts'

/** From the offer of second factors to the app. */
export async function enrolCodeApp(page: Page): Promise<void> {
  await page.click('button[value=totp]')
  const key = (await readText(page, '.secret code')).replaceAll(' ', '')
  const code = execFileSync('oathtool', ['--totp', '--base32', key], { encoding: 'utf8' }).trim()
  await page.fill('[name=code]', code)
  await page.click('button[value=connect]')
  await page.click('button[value=left]')
}
