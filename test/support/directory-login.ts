/** The login page in Chromium, in front of a server whose users are in a directory. */
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import type { DirectorySettings } from './directory-scene.ts'
import { startInProcess } from './in-process.ts'

export async function openLogin(t: Scope, browser: Browser, directory: DirectorySettings) {
  const server = await startInProcess(t, {
    directories: [{ name: 'local', kind: 'local' }, directory],
    default_policy: { second_factor: 'none' },
  })
  const context = await browser.newContext({ locale: 'de-DE' })
  t.after(() => context.close())
  const page = await context.newPage()
  const { publicUrl } = server

  async function signIn(username: string, password: string): Promise<void> {
    await page.goto(`${publicUrl}/login`)
    await page.locator('[name=username]').fill(username)
    await page.locator('[name=password]').fill(password)
    await page.locator('button[value=login]').click()
  }

  return {
    ...server,
    page,
    signIn,
    /** Logs out, so that the next login is another one. */
    forget: () => context.clearCookies(),
    async choosePassword(password: string): Promise<void> {
      await page.locator('[name=password]').fill(password)
      await page.locator('[name=password_again]').fill(password)
      await page.locator('button[value=change]').click()
    },
  }
}

/** Waits for a text on the page. */
export async function shows(page: Page, text: string): Promise<void> {
  await page.getByText(text).first().waitFor()
}

/** Waits for the person's own pages, where their name is. */
export async function isIn(page: Page, name: string): Promise<void> {
  await page.waitForURL((url) => url.pathname === '/')
  await page.getByText(name).first().waitFor()
}
