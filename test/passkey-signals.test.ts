/** What Chromium's password manager learns of removed passkeys, and of users whose name has changed. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { addAuthenticator } from './support/authenticator.ts'
import { launchChromium } from './support/browser.ts'
import { leaveDone, person, readText, type Stage, setStage, signIn } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const max = { username: 'max.muster', password: 'Kaffee um halb acht' }

/** Max with a passkey, in his account. */
async function maxWithPasskey(stage: Stage, page: Page): Promise<void> {
  const { demo } = stage
  const policy = { secondFactor: 'optional', skips: 3 } as const
  await createApps({ ...demo.parts.platform, protocols }).change(
    demo.parts.platform.database.db,
    'webmail',
    {
      policy,
    },
  )
  await page.goto(`${demo.publicUrl}/account/authenticators`)
  await signIn(page, max)
  await page.locator('button[value=passkey]').click()
  await page.locator('[data-passkey] button').click()
  await leaveDone(page)
  await page.locator('a.go').first().waitFor()
}

async function becomes(read: () => Promise<unknown>, expected: unknown): Promise<void> {
  const until = Date.now() + 20_000
  while (JSON.stringify(await read()) !== JSON.stringify(expected)) {
    assert.ok(Date.now() < until, `it stays ${JSON.stringify(await read())}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('the browser forgets a passkey that the user removes in the account', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const authenticator = await addAuthenticator(page)
  await maxWithPasskey(stage, page)
  assert.equal(await authenticator.count(), 1)
  await page.locator('a.go').first().click()
  await page.getByRole('link', { name: 'Entfernen' }).click()
  await page.getByRole('button', { name: 'Entfernen' }).click()
  await page.waitForURL(/done=removed/)
  await becomes(authenticator.count, 0)
  assert.deepEqual(errors, [])
})

test('a changed name of the user is updated in the passkey of the browser', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const authenticator = await addAuthenticator(page)
  await maxWithPasskey(stage, page)
  const { platform } = stage.demo.parts
  const users = createUsers(platform)
  const { id } = (await users.findByName(platform.database.db, 'max.muster')) ?? {}
  await users.change(platform.database.db, id ?? '', { displayName: 'Max Neumann' })
  await page.reload()
  await becomes(authenticator.names, ['Max Neumann'])
  assert.deepEqual(errors, [])
})

test('an unknown passkey is refused at the login, and the browser forgets it', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const authenticator = await addAuthenticator(page)
  await maxWithPasskey(stage, page)
  await stage.demo.parts.platform.database.db.deleteFrom('passkeys').execute()
  await page.context().clearCookies()
  await page.goto(`${stage.demo.publicUrl}/login`)
  await page.locator('#summary').waitFor()
  assert.equal(await page.locator('[data-unknown]').count(), 1)
  assert.match(await readText(page, '#summary'), /Passkey/)
  await becomes(authenticator.count, 0)
  assert.deepEqual(errors, [])
})
