/** Passkeys in Chromium, by an authenticator that the browser pretends to have. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { acrPassword, acrPhishingResistant } from '../src/identity/policy/assurance.ts'
import type { Policy } from '../src/identity/policy/policy.ts'
import { type Authenticator, addAuthenticator } from './support/authenticator.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import {
  heading,
  leaveDone,
  person,
  readText,
  type Stage,
  setStage,
  signIn,
} from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const max = { username: 'max.muster', password: 'Kaffee um halb acht' }

async function enterApp(page: Page, app: string): Promise<void> {
  await page.goto(app)
  await page.locator('a[href="/login"], form[action="/login"] button').first().click()
}

async function registerPasskey(page: Page, stage: Stage): Promise<void> {
  await enterApp(page, stage.webmail)
  await signIn(page, max)
  await page.locator('button[value=passkey]').click()
  assert.equal(await heading(page), 'Passkey einrichten')
  await page.locator('[data-passkey] button').click()
  await leaveDone(page)
  await page.waitForURL(`${stage.webmail}/**`)
}

/** By the password; the passkey is touched only when it is asked for beside it. */
async function enterWithPassword(page: Page, app: string, authenticator: Authenticator) {
  await authenticator.set({ present: false })
  await enterApp(page, app)
  await page.getByRole('button', { name: 'Mit Passkey anmelden' }).waitFor()
  await authenticator.set({ present: true })
  await signIn(page, max)
}

async function logOut(page: Page, stage: Stage): Promise<void> {
  await page.goto(`${stage.demo.publicUrl}/logout`)
  await page.locator('form.stack button').click()
  await page.locator('a[href="/login"]').waitFor()
}

const wholeLogin = { acr: acrPhishingResistant, amr: ['pop', 'user', 'mfa'] }

async function countSessions({ demo }: Stage): Promise<number> {
  const { db } = demo.parts.platform.database
  return (await db.selectFrom('sessions').select('id').execute()).length
}

async function setPolicy({ demo }: Stage, id: string, policy: Partial<Policy>): Promise<void> {
  const apps = createApps({ ...demo.parts.platform, protocols })
  const app = await apps.find(demo.parts.platform.database.db, id)
  assert.ok(app)
  const changed = { ...app.policy, ...policy }
  await apps.change(demo.parts.platform.database.db, id, { policy: changed })
}

async function lastSession({ demo }: Stage) {
  const { db } = demo.parts.platform.database
  const row = await db
    .selectFrom('sessions')
    .select(['acr', 'amr'])
    .orderBy('authenticated_at', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  return { acr: row.acr, amr: JSON.parse(row.amr) }
}

test('a user enrols a passkey during a login to an app, and verifies the next login with it', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const authenticator = await addAuthenticator(page)
  await registerPasskey(page, stage)
  assert.equal(await authenticator.count(), 1)
  assert.equal((await lastSession(stage)).acr, acrPhishingResistant)
  await logOut(page, stage)
  await enterWithPassword(page, stage.webmail, authenticator)
  await page.waitForURL(`${stage.webmail}/**`)
  assert.deepEqual(await lastSession(stage), {
    acr: acrPhishingResistant,
    amr: ['pwd', 'pop', 'user', 'mfa'],
  })
  assert.deepEqual(errors, [])
})

test('the user logs in with only a passkey, which the username field offers', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  await addAuthenticator(page)
  await registerPasskey(page, stage)
  await logOut(page, stage)
  await enterApp(page, stage.webmail)
  await page.waitForURL(`${stage.webmail}/**`)
  assert.deepEqual(await lastSession(stage), wholeLogin)
  assert.deepEqual(errors, [])
})

test('the user logs in with only the passkey button', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const authenticator = await addAuthenticator(page)
  await registerPasskey(page, stage)
  await logOut(page, stage)
  await authenticator.set({ present: false })
  await enterApp(page, stage.webmail)
  const button = page.getByRole('button', { name: 'Mit Passkey anmelden' })
  await button.waitFor()
  await authenticator.set({ present: true })
  await button.click()
  await page.waitForURL(`${stage.webmail}/**`)
  assert.deepEqual(await lastSession(stage), wholeLogin)
  assert.deepEqual(errors, [])
})

test('a user whom the authenticator does not verify gets no session, and the page says that no passkey was used', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const authenticator = await addAuthenticator(page)
  await registerPasskey(page, stage)
  await logOut(page, stage)
  await authenticator.set({ verified: false })
  await enterApp(page, stage.webmail)
  await page.getByRole('button', { name: 'Mit Passkey anmelden' }).click()
  await page.getByText('Es wurde kein Passkey benutzt.').waitFor()
  await showsNothingWrong(page)
  assert.equal(await countSessions(stage), 1)
  assert.deepEqual(errors, [])
})

test('if the passkey is not used, the page stays open and the user can retry or cancel', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const authenticator = await addAuthenticator(page)
  await registerPasskey(page, stage)
  await logOut(page, stage)
  await authenticator.clear()
  await enterApp(page, stage.webmail)
  await signIn(page, max)
  assert.equal(await heading(page), 'Mit Passkey bestätigen')
  await showsNothingWrong(page)
  await page.getByText('Es wurde kein Passkey benutzt.').waitFor()
  await showsNothingWrong(page)
  await page.getByRole('button', { name: 'Passkey benutzen' }).click()
  await page.getByText('Es wurde kein Passkey benutzt.').waitFor()
  await page.getByRole('button', { name: 'Abbrechen' }).click()
  await page.waitForURL(`${stage.webmail}/**`)
  assert.equal(await countSessions(stage), 1)
  assert.deepEqual(errors, [])
})

/** The request of an app that requires a passkey, independently of its rule. */
function strictRequest({ demo, portal }: Stage): string {
  const address = new URL(`${demo.publicUrl}/oidc/auth`)
  address.search = `${new URLSearchParams({
    client_id: 'portal',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `${portal}/callback`,
    acr_values: acrPhishingResistant,
    state: 'state',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  })}`
  return address.href
}

test('if an app asks for a passkey by acr_values, the user enrols one after the password', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  await addAuthenticator(page)
  await page.goto(strictRequest(stage))
  await signIn(page, max)
  const options = await page.locator('button[name=action]').all()
  const values = await Promise.all(options.map((option) => option.getAttribute('value')))
  assert.deepEqual(values, ['passkey'])
  await showsNothingWrong(page)
  await page.locator('button[value=passkey]').click()
  await showsNothingWrong(page)
  await page.locator('[data-passkey] button').click()
  await leaveDone(page)
  await page.waitForURL(`${stage.portal}/**`)
  assert.equal((await lastSession(stage)).acr, acrPhishingResistant)
  assert.deepEqual(errors, [])
})

test('acr_values steps a password session up to a passkey', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const authenticator = await addAuthenticator(page)
  await registerPasskey(page, stage)
  await logOut(page, stage)
  await setPolicy(stage, 'portal', { secondFactor: 'none' })
  await enterWithPassword(page, stage.portal, authenticator)
  await page.waitForURL(`${stage.portal}/**`)
  assert.equal((await lastSession(stage)).acr, acrPassword)
  await page.goto(strictRequest(stage))
  await page.locator('button[value=begin]').click()
  await page.waitForURL(`${stage.portal}/**`)
  assert.deepEqual(await lastSession(stage), {
    acr: acrPhishingResistant,
    amr: ['pwd', 'pop', 'user', 'mfa'],
  })
  assert.deepEqual(errors, [])
})

test('without scripts no passkey is offered, and the passkey page says that it requires JavaScript', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser, { javaScriptEnabled: false })
  await enterApp(page, stage.webmail)
  assert.equal(await page.getByRole('button', { name: 'Mit Passkey anmelden' }).count(), 0)
  await signIn(page, max)
  await page.locator('button[value=register]').waitFor()
  assert.equal(await page.locator('button[value=passkey]').isVisible(), false)
  await page.locator('button[value=passkey]').dispatchEvent('click')
  await page.locator('[data-passkey]').waitFor({ state: 'attached' })
  assert.match(await readText(page, 'noscript'), /^Ein Passkey braucht JavaScript/)
  assert.equal(await page.locator('[data-passkey] button:visible').count(), 0)
  await page.locator('button[value=back]').click()
  assert.equal(await heading(page), 'Schützen Sie Ihr Konto')
})
