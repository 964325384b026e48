/** Logins with tickets of a real domain controller in Chromium, as the browser of a computer in the domain. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page, Response } from 'playwright-core'
import { de } from '../src/platform/ui/messages/de.ts'
import { launchChromium } from './support/browser.ts'
import { isIn, shows } from './support/directory-login.ts'
import { showsNothingWrong } from './support/faults.ts'
import { openKerberosScene, password } from './support/kerberos-scene.ts'

type Scene = Awaited<ReturnType<typeof openKerberosScene>>

/** A browser whose policy names the login, on a computer with these tickets. */
async function openChromium(
  t: TestContext,
  scene: Scene,
  { env, more = [] }: { readonly env: NodeJS.ProcessEnv; readonly more?: readonly string[] },
): Promise<Browser> {
  const trust = `--ignore-certificate-errors-spki-list=${scene.keyHash}`
  const browser = await launchChromium([trust, ...more], env)
  t.after(() => browser.close())
  return browser
}

const allowed = ['--auth-server-allowlist=localhost']

const isTicketAddress = (response: Response) =>
  new URL(response.url()).pathname === '/login/kerberos'

/** With the addresses to which the page has sent a ticket or was asked for one. */
async function openPage(t: TestContext, browser: Browser, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: 'de-DE', ...options })
  t.after(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const asked: number[] = []
  page.on('response', (response) => {
    if (isTicketAddress(response)) asked.push(response.status())
  })
  return {
    page,
    asked,
    /** Opens the login page, which asks by itself. Gives the status of the answer. */
    async openLogin(publicUrl: string): Promise<number> {
      const answered = page.waitForResponse(isTicketAddress)
      await page.goto(`${publicUrl}/login`)
      return (await answered).status()
    },
  }
}

const press = (page: Page) => page.getByText(de['ticket.button'], { exact: true }).click()

test('a domain computer logs its user in by ticket, with a second factor, but not automatically after a logout', async (t) => {
  const scene = await openKerberosScene(t, {
    default_policy: { second_factor: 'required', skips: 0 },
    offered_factors: ['totp'],
    recovery_codes: 'off',
  })
  const { publicUrl, clock } = scene
  const erika = await scene.addPerson('erika')
  const browser = await openChromium(t, scene, { env: erika.env, more: allowed })
  const first = await openPage(t, browser)
  // Chromium ignores the first question after its start, and the page asks a second time at once.
  await first.openLogin(publicUrl)
  await shows(first.page, de['ticket.password.lead'])
  await showsNothingWrong(first.page)
  await first.page.fill('[name=password]', password)
  await first.page.click('button[value=login]')
  await first.page.click('button[value=totp]')
  await first.page.getByText(de['enrol.manual.title']).click()
  const key = ((await first.page.locator('.secret code').textContent()) ?? '').replaceAll(' ', '')
  const codeNow = () => {
    const now = `${new Date(clock.now()).toISOString().slice(0, 19).replace('T', ' ')} UTC`
    return execFileSync('oathtool', ['--totp', '--base32', '--now', now, key], {
      encoding: 'utf8',
    }).trim()
  }
  await first.page.fill('[name=code]', codeNow())
  await first.page.click('button[value=connect]')
  await first.page.click('button[value=left]')
  await isIn(first.page, 'erika')

  clock.ahead += 60_000
  const second = await openPage(t, browser)
  await second.page.goto(`${publicUrl}/login`)
  await second.page.fill('[name=code]', codeNow())
  await second.page.click('button[value=confirm]')
  await isIn(second.page, 'erika')
  assert.deepEqual(second.asked, [200])
  const sessions = await scene.db
    .selectFrom('sessions')
    .select('amr')
    .orderBy('created_at')
    .execute()
  assert.deepEqual(
    sessions.map(({ amr }) => JSON.parse(amr)),
    [
      ['wia', 'pwd', 'otp', 'mfa'],
      ['wia', 'otp', 'mfa'],
    ],
  )

  await second.page.goto(`${publicUrl}/logout`)
  await second.page.locator('form button').first().click()
  await second.page.goto(`${publicUrl}/login`)
  await shows(second.page, de['ticket.button'])
  assert.equal(await second.page.locator('[data-silent]').count(), 0)
  await showsNothingWrong(second.page)
  await press(second.page)
  await second.page.locator('[name=code]').waitFor()
  assert.deepEqual(scene.errors, [])
})

test('a browser without a ticket shows the form, and the user reads why the button did nothing', async (t) => {
  const scene = await openKerberosScene(t)
  const { publicUrl } = scene
  const env = {
    ...process.env,
    KRB5_CONFIG: scene.domain.configFile,
    KRB5CCNAME: 'FILE:/nowhere/at/all',
  }
  for (const more of [allowed, []]) {
    const browser = await openChromium(t, scene, { env, more })
    const { page, asked, openLogin } = await openPage(t, browser)
    assert.equal(await openLogin(publicUrl), 401)
    await page.locator('[name=username]').waitFor()
    await page.reload()
    assert.equal(await page.locator('[data-silent]').count(), 0)
    await press(page)
    await shows(page, de['ticket.none.title'])
    await showsNothingWrong(page)
    await page.getByText(de['ticket.none.form'], { exact: true }).click()
    await page.locator('[name=username]').waitFor()
    assert.deepEqual(asked, [401, 401, 401], 'twice by itself, once by the button')
  }
})

test('without scripts the button logs the user in by ticket', async (t) => {
  const scene = await openKerberosScene(t)
  const erika = await scene.addPerson('erika')
  const browser = await openChromium(t, scene, { env: erika.env, more: allowed })
  const { page } = await openPage(t, browser, { javaScriptEnabled: false })
  await page.goto(`${scene.publicUrl}/login`)
  await press(page)
  const again = page.getByText(de['ticket.none.again'], { exact: true })
  if (await again.count()) await again.click()
  await isIn(page, 'erika')
})
