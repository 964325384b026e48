// Codes in a real browser: a code app that is connected by its typed key, its codes, and recovery codes on paper.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { de } from '../src/platform/ui/messages/de.ts'
import { launchChromium } from './support/browser.ts'
import { erika, startInProcess } from './support/in-process.ts'

const policy = { second_factor: 'required', skips: 0 }

/** As an app that knows nothing of this server computes it. */
function codeOf(key: string, at: number): string {
  const now = `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  const args = ['--totp', '--base32', '--now', now, key.replaceAll(' ', '')]
  return execFileSync('oathtool', args, { encoding: 'utf8' }).trim()
}

async function enterPassword(page: Page, publicUrl: string): Promise<void> {
  await page.goto(`${publicUrl}/login?lang=de`)
  await page.fill('[name=username]', erika.username)
  await page.fill('[name=password]', erika.password)
  await page.click('button[value=login]')
}

async function enterCode(page: Page, code: string): Promise<void> {
  await page.fill('[name=code]', code)
  await page.click('button[value=confirm]')
}

const sees = (page: Page, text: string) => page.getByText(text, { exact: true }).first().waitFor()

test('a user connects a code app by its key, each code is valid once, and a recovery code works instead', async (t) => {
  const clock = { time: Date.UTC(2026, 10, 25, 8), now: () => clock.time }
  const config = { recovery_codes: 'enrolment', default_policy: policy }
  const { publicUrl, errors } = await startInProcess(t, config, clock)
  const browser = await launchChromium()
  t.after(() => browser.close())
  const page = await (await browser.newContext({ locale: 'de-DE' })).newPage()
  page.setDefaultTimeout(60_000)

  await enterPassword(page, publicUrl)
  await page.click('button[value=totp]')
  await page.getByText(de['enrol.manual.title']).click()
  const key = (await page.locator('.secret code').textContent()) ?? ''
  await page.fill('[name=code]', codeOf(key, clock.time))
  await page.click('button[value=connect]')
  await page.click('button[value=recovery]')
  await page.locator('.codes code').first().waitFor()
  const codes = await page.locator('.codes code').allTextContents()
  assert.equal(codes.length, 10)
  await page.reload()
  assert.deepEqual(await page.locator('.codes code').allTextContents(), codes)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByText(de['codes.copy'], { exact: true }).click()
  await sees(page, de['copy.done'])
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), codes.join('\n'))
  await page.click('button[value=saved]')
  await page.click('button[value=left]')
  await page.waitForURL(`${publicUrl}/`)

  await page.context().clearCookies()
  await enterPassword(page, publicUrl)
  await enterCode(page, codeOf(key, clock.time - 3_600_000))
  await sees(page, de['totp.wrong.title'])
  assert.equal(await page.inputValue('[name=code]'), '', 'another code has to be typed')
  await enterCode(page, codeOf(key, clock.time))
  await sees(page, de['totp.used.title'])
  clock.time += 30_000
  await enterCode(page, codeOf(key, clock.time))
  await page.waitForURL(`${publicUrl}/`)

  await page.context().clearCookies()
  await enterPassword(page, publicUrl)
  await page.click('button[value=other]')
  await page.getByText('10 Codes sind noch unbenutzt', { exact: false }).waitFor()
  await page.click('button[value=recovery]')
  await enterCode(page, (codes[0] ?? '').toLowerCase().replaceAll('-', ' '))
  await page.getByText('noch 9 Codes', { exact: false }).waitFor()
  await page.click('button[value=home]')
  await page.waitForURL(`${publicUrl}/`)

  await page.context().clearCookies()
  await enterPassword(page, publicUrl)
  await page.click('button[value=recovery], button[value=other]')
  const recovery = page.locator('button[value=recovery]')
  if (await recovery.isVisible()) await recovery.click()
  await enterCode(page, codes[0] ?? '')
  await sees(page, de['recovery.wrong.title'])
  assert.equal(await page.inputValue('[name=code]'), codes[0], 'a mistyped one can be mended')
  assert.deepEqual(errors, [])
})
