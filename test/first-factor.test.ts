/** Rolling out: a first second factor by an invitation, in a real browser without scripts, on a computer and from a letter. */
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createInvitationStore } from '../src/login/invitations/store.ts'
import { systemClock as clock, hours } from '../src/platform/kernel/clock.ts'
import { systemRandom as random } from '../src/platform/kernel/random.ts'
import { launchChromium } from './support/browser.ts'
import { enrolCodeApp } from './support/enrol-code-app.ts'
import { heading, readText } from './support/guide.ts'
import { erika, startInProcess } from './support/in-process.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

async function setUp(t: TestContext, firstFactor: 'invitation' | 'network') {
  const policy = { second_factor: 'required', skips: 0, first_factor: firstFactor }
  const support = { phone: '+49 30 123456', email: 'desk@example.org' }
  const networks = [{ name: 'Zentrale', ranges: ['127.0.0.0/8'], enrolment: true }]
  const config = { default_policy: policy, brand: { support }, networks }
  const scene = await startInProcess(t, { offered_factors: ['totp'], ...config })
  const invitations = createInvitationStore({ clock, random })
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'de-DE' })
  t.after(() => context.close())
  return {
    ...scene,
    page: await context.newPage(),
    async invite(): Promise<string> {
      const user = await scene.db.selectFrom('users').select('id').executeTakeFirstOrThrow()
      const expiresAt = clock.now() + hours(24)
      const one = { userId: user.id, channel: 'paper', createdBy: 'cli:alice', expiresAt } as const
      return `${scene.publicUrl}/invitation/${(await invitations.create(scene.db, [one]))[0]}`
    },
  }
}

async function signIn(page: Page): Promise<void> {
  await page.fill('[name=username]', erika.username)
  await page.fill('[name=password]', erika.password)
  await page.click('button[value=login]')
}

const title = 'Zum Einrichten fehlt noch etwas'

test('A55: with the password alone a user reads what is missing and who gives it, and goes on with the invitation', async (t) => {
  const { page, publicUrl, invite, errors } = await setUp(t, 'invitation')
  await page.goto(`${publicUrl}/login`)
  await signIn(page)
  assert.equal(await heading(page), title)
  assert.match(await readText(page, 'main'), /gibt sie Ihnen der Service Desk/)
  assert.match(await readText(page, 'main'), /\+49\s30\s123456/)
  assert.equal(await page.locator('button[value=totp]').count(), 0)

  const link = await invite()
  await page.goto(link)
  assert.ok(!page.url().includes(link.slice(-43)))
  await signIn(page)
  await enrolCodeApp(page)
  await page.waitForURL(`${publicUrl}/start`)
  // Another person who opens the link now reads that it is over.
  const finder = await browser.newPage({ javaScriptEnabled: false })
  t.after(() => finder.close())
  await finder.goto(link)
  assert.match(await readText(finder, 'main'), /service desk|Service Desk/)
  assert.equal(await finder.locator('input[type=password]').count(), 0)
  assert.deepEqual(errors, [])
})

test('in a network that is named for it the enrolment has the same pages as without a rule', async (t) => {
  const { page, publicUrl } = await setUp(t, 'network')
  await page.goto(`${publicUrl}/login`)
  await signIn(page)
  assert.equal(await heading(page), 'Schützen Sie Ihr Konto')
  await enrolCodeApp(page)
  await page.waitForURL(`${publicUrl}/`)
})
