// An app that asks the phone of a person who is in no browser: openid-client, a running server, and phones of both kinds.
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import * as client from 'openid-client'
import type { Browser } from 'playwright-core'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { acrApproval } from '../src/identity/policy/assurance.ts'
import { createPhoneStage, enrol, openApp } from './support/app-stage.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { readText } from './support/guide.ts'
import { createInstallation } from './support/installation.ts'
import { startTestPhone } from './support/test-phone.ts'
import { enrolPhone } from './support/way-in.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const who = { username: 'erika', password: 'Regenschirm im Mai' }
const config = { push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } } }

async function discover(publicUrl: string, id: string, secret: string) {
  const auth = client.ClientSecretBasic(secret)
  return await client.discovery(new URL(`${publicUrl}/oidc`), id, {}, auth, {
    execute: [client.allowInsecureRequests],
  })
}

/** Erika with a phone that has enrolled by the pages of a login, and a till that a command has added. */
async function openTill(t: TestContext) {
  const installation = await createInstallation(t, { config })
  await installation.addUser({ ...who, displayName: 'Erika Mustermann' })
  await installation.serve()
  const phone = await startTestPhone(t, 'Erikas iPhone')
  const desktop = createPlainBrowser(installation.publicUrl)
  await enrolPhone(desktop, who, phone)
  const { command, publicUrl } = installation
  const added = await command(
    ['app', 'add', 'till', '--name', 'Kasse', '--ciba', '--second-factor', 'none', '--json'],
    '',
  )
  const { client_secret: clientSecret } = JSON.parse(added)
  const till = await discover(publicUrl, 'till', clientSecret)
  const ask = (binding_message: string) =>
    client.initiateBackchannelAuthentication(till, {
      ...{ scope: 'openid profile', login_hint: 'Erika', binding_message },
    })
  return { ...installation, phone, desktop, till, ask }
}

test('a till asks the phone and gets a token, which ends when the user ends its session', async (t) => {
  const { phone, desktop, till, ask, command } = await openTill(t)
  const begun = await ask('Storno 4711')
  const tokens = client.pollBackchannelAuthenticationGrant(till, begun)
  const message = await phone.nextMessage()
  const { kind, text, attributes, context } = message.notification
  assert.equal(text, 'Kasse fragt Sie, für „Storno 4711“: Mit welcher Zahl endet der Code?')
  // The request did not come from a browser.
  assert.deepEqual([Object.keys(attributes), context], [['app', 'time'], {}])
  const number = Number(`${begun.einlass_code}`.slice(-2))
  assert.ok(kind.type === 'challenge' && kind.numbers.includes(number))
  assert.equal((await phone.answer(message, { type: 'approve', number })).status, 200)
  const { access_token, claims } = await tokens
  const said = claims()
  assert.deepEqual([said?.acr, said?.preferred_username], [acrApproval, 'erika'])
  await client.fetchUserInfo(till, access_token, `${said?.sub}`)
  assert.match(await command(['session', 'list', 'erika']), /none, asked by till/)

  const list = await desktop.get('/account/sessions')
  assert.match(list.text, /Kasse, ohne Browser/)
  const end = /action="(\/account\/sessions\/ses_[^"]*\/end)"/.exec(list.text)?.[1] ?? ''
  const formToken = /name="form_token" value="([^"]+)"/.exec(list.text)?.[1] ?? ''
  await desktop.post(end, { form_token: formToken })
  await assert.rejects(client.fetchUserInfo(till, access_token, `${said?.sub}`))
  assert.doesNotMatch(await command(['session', 'list', 'erika']), /asked by till/)
})

test('a till gets access_denied if the user denies its request, and its next request is independent', async (t) => {
  const { phone, till, ask } = await openTill(t)
  const tokens = client.pollBackchannelAuthenticationGrant(till, await ask('Storno 4711'))
  await phone.answer(await phone.nextMessage(), { type: 'deny', challenge: true })
  await assert.rejects(
    tokens,
    (error: Error) => 'error' in error && error.error === 'access_denied',
  )
  const next = await ask('Storno 4712')
  const granted = client.pollBackchannelAuthenticationGrant(till, next)
  const number = Number(`${next.einlass_code}`.slice(-2))
  await phone.answer(await phone.nextMessage(), { type: 'approve', number })
  assert.ok((await granted).access_token)
})

test('the token of a till is invalid after the user is disabled', async (t) => {
  const { phone, till, ask, command } = await openTill(t)
  const begun = await ask('Storno 4711')
  const tokens = client.pollBackchannelAuthenticationGrant(till, begun)
  const message = await phone.nextMessage()
  const number = Number(`${begun.einlass_code}`.slice(-2))
  await phone.answer(message, { type: 'approve', number })
  const { access_token, claims } = await tokens
  await command(['user', 'disable', 'erika'])
  await assert.rejects(client.fetchUserInfo(till, access_token, `${claims()?.sub}`))
})

for (const [locale, title, purpose] of [
  ['de-DE', 'Wollen Sie das bestätigen?', 'Wofür'],
  ['en-GB', 'Do you want to approve this?', 'For'],
] as const) {
  test(`the Einlass authenticator shows the app and its purpose, and accepts the code of the app (${locale})`, async (t) => {
    const stage = await createPhoneStage(t, browser, { locale })
    await enrol(stage)
    const { publicUrl, parts, db, phone } = stage
    const apps = createApps({ ...parts.platform, protocols })
    const { clientSecret = '' } = await apps.create(db, {
      ...{ id: 'till', name: 'Kasse', settings: { redirectUris: [], ciba: true } },
      policy: { secondFactor: 'none' },
    })
    const till = await discover(publicUrl, 'till', clientSecret)
    const begun = await client.initiateBackchannelAuthentication(till, {
      ...{ scope: 'openid', login_hint: 'erika', binding_message: 'Storno 4711' },
    })
    const tokens = client.pollBackchannelAuthenticationGrant(till, begun)
    const { page } = phone
    await openApp(page, `${publicUrl}/authenticator`)
    await page.locator('.call').click()
    await page.getByRole('heading', { name: title }).waitFor()
    await showsNothingWrong(page)
    assert.match(await readText(page, 'dl'), new RegExp(`Kasse.*${purpose}.*Storno 4711`, 's'))
    await page.fill('#code', `${begun.einlass_code}`)
    await page.locator('button[type=submit]').click()
    await page.locator('.sign.done').waitFor()
    await showsNothingWrong(page)
    assert.equal((await tokens).claims()?.acr, acrApproval)
    assert.deepEqual(phone.errors, [])
  })
}
