/** A person who does not want to go on with the login of an app, in a real browser: what the app learns, for each protocol. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { buildRedirect, writeAuthnRequest } from '#saml'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { type AppInput, createApps } from '../src/identity/apps/apps.ts'
import { launchChromium } from './support/browser.ts'
import { isAboveFold } from './support/effort.ts'
import { showsNothingWrong } from './support/faults.ts'
import { heading, person, signIn } from './support/guide.ts'
import { erika, startInProcess } from './support/in-process.ts'
import { type Received, startRecordingApp } from './support/recording-app.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const entityId = 'https://notes.example.org/metadata'

/** One app of each protocol, all played by one server that notes what it gets. */
const listApps = (origin: string): readonly AppInput[] => [
  {
    ...{ id: 'chess', name: 'Chess', policy: { secondFactor: 'none' } },
    settings: { redirectUris: [`${origin}/callback`] },
  },
  {
    ...{ id: 'notes', name: 'Notes', protocol: 'saml', policy: { secondFactor: 'none' } },
    settings: { entityId, consumerUrls: [`${origin}/acs`] },
  },
  {
    ...{ id: 'mail', name: 'Mail', protocol: 'wsfed', policy: { secondFactor: 'none' } },
    settings: { realms: [`${origin}/owa/`], claims: { 'urn:example:name': 'username' } },
  },
  {
    ...{ id: 'pages', name: 'Pages', protocol: 'forward-auth', policy: { secondFactor: 'none' } },
    settings: { addresses: [origin] },
  },
  { id: 'vault', name: 'Vault', settings: { redirectUris: [`${origin}/callback`] } },
]

async function begin(t: Scope, { scripts }: { readonly scripts: boolean }) {
  const policy = { default_policy: { second_factor: 'required', skips: 0 } }
  const server = await startInProcess(t, { trusted_proxies: ['127.0.0.1/32'], ...policy })
  const { parts, db, publicUrl } = server
  const app = await startRecordingApp(t)
  const origin = `http://127.0.0.1:${app.port}`
  const operations = createApps({ ...parts.platform, protocols })
  for (const one of listApps(origin)) await operations.create(db, one)
  const { page, errors } = await person(t, browser, { javaScriptEnabled: scripts })
  const query = {
    ...{ client_id: 'chess', response_type: 'code', scope: 'openid', state: 'a state' },
    ...{ redirect_uri: `${origin}/callback`, code_challenge_method: 'S256' },
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  }
  return {
    ...{ db, publicUrl, page, errors, origin },
    /** What the app got, without what a browser asks by itself. */
    sent: () => app.received.filter(({ url }) => url !== '/favicon.ico'),
    askOidc: (extra: Record<string, string> = {}) =>
      `${publicUrl}/oidc/auth?${new URLSearchParams({ ...query, ...extra })}`,
  }
}

/** The quiet button below everything else on the page. */
async function pressCancel(page: Page): Promise<void> {
  const cancel = page.locator('button[name=action][value=cancel]')
  assert.equal(await cancel.count(), 1)
  assert.equal(await isAboveFold(page, cancel), true, 'it is seen without scrolling')
  await cancel.click()
}

const readQuery = ({ url }: Received) => new URL(url, 'http://127.0.0.1').searchParams

const readFields = (got: readonly Received[]) =>
  Object.fromEntries(new URLSearchParams(got[0]?.body))

for (const scripts of [true, false]) {
  const how = scripts ? 'with scripts' : 'without scripts'

  test(`OpenID Connect: a user who cancels on the login page is back at the app, which gets access_denied (${how})`, async (t) => {
    const { page, sent, askOidc, publicUrl, errors, origin } = await begin(t, { scripts })
    await page.goto(askOidc())
    if (scripts) await showsNothingWrong(page)
    await page.locator('[name=password]').fill('something typed')
    await pressCancel(page)
    await page.waitForURL(`${origin}/callback?**`)
    const [one, ...rest] = sent()
    assert.ok(one)
    assert.deepEqual([one.method, rest], ['GET', []])
    assert.equal(readQuery(one).get('error'), 'access_denied')
    assert.equal(readQuery(one).get('state'), 'a state')
    assert.equal(readQuery(one).get('iss'), `${publicUrl}/oidc`)
    assert.equal(readQuery(one).get('code'), null)
    assert.deepEqual(errors, [])
  })

  test(`OpenID Connect: the answer to a cancelled login is a form where the app asks for one (${how})`, async (t) => {
    const { page, sent, askOidc, origin } = await begin(t, { scripts })
    await page.goto(askOidc({ response_mode: 'form_post' }))
    await pressCancel(page)
    if (!scripts) await sendForm(page, origin)
    await page.waitForURL(`${origin}/callback`)
    const { error, state } = readFields(sent())
    assert.deepEqual([error, state], ['access_denied', 'a state'])
  })

  test(`SAML: the app of a cancelled login gets Responder with AuthnFailed (${how})`, async (t) => {
    const { page, sent, publicUrl, origin } = await begin(t, { scripts })
    const xml = writeAuthnRequest({
      ...{ id: '_request', issuer: entityId, issuedAt: Date.now() },
      destination: `${publicUrl}/saml/sso`,
    })
    const query = { parameter: 'SAMLRequest', xml, relayState: 'a state' } as const
    await page.goto(buildRedirect(`${publicUrl}/saml/sso`, query))
    await pressCancel(page)
    if (!scripts) await sendForm(page, origin)
    await page.waitForURL(`${origin}/acs`)
    const fields = readFields(sent())
    assert.equal(fields.RelayState, 'a state')
    const answer = Buffer.from(`${fields.SAMLResponse}`, 'base64').toString()
    assert.match(answer, /InResponseTo="_request"/)
    assert.match(answer, /status:Responder".*status:AuthnFailed"/s)
  })

  test(`WS-Federation: a page says that the login was cancelled, and begins it again (${how})`, async (t) => {
    const { page, sent, publicUrl, origin } = await begin(t, { scripts })
    const query = new URLSearchParams({
      wa: 'wsignin1.0',
      wtrealm: `${origin}/owa/`,
      wctx: 'a context',
    })
    await page.goto(`${publicUrl}/adfs/ls/?${query}`)
    await pressCancel(page)
    await page.waitForURL(`${publicUrl}/adfs/ls/cancel?**`)
    await finishAfterAll(page, { scripts })
    if (!scripts) await sendForm(page, origin)
    await page.waitForURL(`${origin}/owa/`)
    assert.equal(readFields(sent()).wctx, 'a context')
  })

  test(`forward-auth: a page says that the login was cancelled, and begins it again (${how})`, async (t) => {
    const { page, publicUrl, origin } = await begin(t, { scripts })
    const headers = { 'x-forwarded-proto': 'http', 'x-forwarded-host': new URL(origin).host }
    const login = `${publicUrl}/forward-auth/app/login?to=/deep?a=b`
    const begun = await fetch(login, { headers, redirect: 'manual' })
    await page.goto(begun.headers.get('location') ?? '')
    await pressCancel(page)
    await page.waitForURL(`${publicUrl}/forward-auth/cancel?**`)
    await finishAfterAll(page, { scripts })
    await page.waitForURL(`${origin}/forward-auth/app/callback?**to=/deep?a=b`)
  })

  test(`each step of a login for an app can be cancelled, which ends the login (${how})`, async (t) => {
    const { page, sent, askOidc, db, origin } = await begin(t, { scripts })
    await page.goto(askOidc({ client_id: 'vault' }))
    await signIn(page, erika)
    await page.locator('button[value=totp]').click()
    await page.locator('[name=code]').waitFor()
    await page.locator('button[value=cancel]').click()
    await page.waitForURL(`${origin}/callback?**`)
    assert.equal(sent().length, 1)
    const open = db.selectFrom('journeys').select('id_hash').where('finished_at', 'is', null)
    assert.deepEqual(await open.execute(), [], 'the login is over')
    await page.goto(askOidc({ client_id: 'vault' }))
    await page.locator('[name=password]').waitFor()
  })
}

/** Without scripts, a person sends the answer to the app. */
const sendForm = (page: Page, origin: string) =>
  page.locator(`form[action^="${origin}"] button`).click()

async function finishAfterAll(page: Page, { scripts }: { readonly scripts: boolean }) {
  assert.equal(await heading(page), 'Anmeldung abgebrochen')
  if (scripts) await showsNothingWrong(page)
  const again = page.getByRole('link', { name: 'Doch anmelden' })
  assert.equal(await isAboveFold(page, again), true)
  await again.click()
  await signIn(page, erika)
}

test('a login without an app has no button that cancels it, and Enter in a form never cancels', async (t) => {
  const { page, publicUrl, askOidc, origin } = await begin(t, { scripts: true })
  await page.goto(`${publicUrl}/login`)
  await page.locator('[name=password]').waitFor()
  assert.equal(await page.locator('[value=cancel]').count(), 0)
  await page.goto(askOidc())
  await page.locator('[name=username]').fill(erika.username)
  await page.locator('[name=password]').fill(erika.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/callback?code=**`)
})

test('A27: an answer that cancels leads nowhere where no app waits for it', async (t) => {
  const { page, publicUrl } = await begin(t, { scripts: true })
  await page.goto(`${publicUrl}/login`)
  await page.locator('form.stack').evaluate((form: HTMLFormElement) => {
    for (const [name, value] of [
      ['action', 'cancel'],
      ['cancelTo', 'https://evil.example/'],
    ] as const) {
      form.append(Object.assign(document.createElement('input'), { name, value, type: 'hidden' }))
    }
    form.submit()
  })
  await page.locator('[role=alert], .note').first().waitFor()
  assert.equal(new URL(page.url()).origin, publicUrl)
})
