/** What only a real browser does with OpenID Connect: forms of other sites, windows that wait for a login, scripts of apps. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import type { AppSettings } from '../src/identity/apps/app-protocol.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { launchChromium } from './support/browser.ts'
import { heading, max, person, type Stage, setStage, signIn } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const verifier = 'v'.repeat(43)
const challenge = Buffer.from(
  await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)),
).toString('base64url')

/** An app on another site than the login, which is on localhost. */
async function startApp(t: Scope, { demo }: Stage, more: AppSettings & { host?: string } = {}) {
  const { host = '127.0.0.1', ...settings } = more
  const server = createServer((_, response) => {
    const tell = 'if (opener) opener.postMessage(location.search, "*")'
    response.setHeader('content-type', 'text/html').end(`<h1>The app</h1><script>${tell}</script>`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`
  const redirectUri = `${origin}/callback`
  await createApps({ ...demo.parts.platform, protocols }).create(demo.parts.platform.database.db, {
    id: 'foreign',
    name: 'Wiki',
    settings: { redirectUris: [redirectUri], tokenEndpointAuthMethod: 'none', ...settings },
    policy: { secondFactor: 'none' },
  })
  const issuer = `${demo.publicUrl}/oidc`
  const parameters = {
    client_id: 'foreign',
    response_type: 'code',
    scope: 'openid profile',
    redirect_uri: redirectUri,
    state: 'a state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
  return { origin, redirectUri, issuer, parameters }
}

type App = Awaited<ReturnType<typeof startApp>>

function request({ issuer, parameters }: App, more: Record<string, string> = {}): string {
  return `${issuer}/auth?${new URLSearchParams({ ...parameters, ...more })}`
}

async function logIn(page: Page, app: App): Promise<void> {
  await page.goto(request(app))
  await signIn(page, max)
  await page.waitForURL(/\/callback\?/)
}

/** Sends a form from the page that is shown. */
async function postForm(page: Page, action: string, fields: Record<string, string>): Promise<void> {
  await page.evaluate(
    ([to, values]) => {
      const form = document.createElement('form')
      Object.assign(form, { method: 'post', action: to })
      for (const [name, value] of Object.entries(values)) {
        const input = document.createElement('input')
        Object.assign(input, { type: 'hidden', name, value })
        form.append(input)
      }
      document.body.append(form)
      form.submit()
    },
    [action, fields] as const,
  )
}

/** The tokens of an app, fetched by a script on its page. */
function redeem(page: Page, { issuer, redirectUri }: App, code: string) {
  return page.evaluate(
    async ([endpoint, body]) => {
      const response = await fetch(endpoint, {
        method: 'POST',
        credentials: 'include',
        body: new URLSearchParams(body),
      })
      return (await response.json()) as Record<string, string>
    },
    [
      `${issuer}/token`,
      {
        grant_type: 'authorization_code',
        client_id: 'foreign',
        redirect_uri: redirectUri,
        code_verifier: verifier,
        code,
      },
    ] as const,
  )
}

test('a form of another site can log in with the existing session, and can log out', async (t) => {
  const stage = await setStage(t)
  const { page, errors } = await person(t, browser)
  const app = await startApp(t, stage)
  await logIn(page, app)
  await page.goto(app.origin)
  await postForm(page, `${app.issuer}/auth`, { ...app.parameters, prompt: 'none' })
  await page.waitForURL(/\/callback\?/)
  const code = new URL(page.url()).searchParams.get('code') ?? ''
  assert.match(code, /^[\w-]{20,}$/)
  const { id_token = '' } = await redeem(page, app, code)
  await postForm(page, `${app.issuer}/session/end`, { id_token_hint: id_token })
  await page.getByText('Sie sind abgemeldet').first().waitFor()
  await page.goto(request(app, { prompt: 'none' }))
  assert.equal(new URL(page.url()).searchParams.get('error'), 'login_required')
  assert.deepEqual(errors, [])
})

test('a script of an app can read user info with credentials, and a script of another page cannot', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  const app = await startApp(t, stage)
  await logIn(page, app)
  const { access_token = '' } = await redeem(
    page,
    app,
    new URL(page.url()).searchParams.get('code') ?? '',
  )
  const read = () =>
    page.evaluate(
      async ([endpoint, token]) => {
        const headers = { Authorization: `Bearer ${token}` }
        try {
          const response = await fetch(endpoint, { credentials: 'include', headers })
          return ((await response.json()) as { preferred_username?: string }).preferred_username
        } catch {
          return 'blocked'
        }
      },
      [`${app.issuer}/me`, access_token] as const,
    )
  assert.equal(await read(), max.username)
  const other = createServer((_, response) => response.end('another page')).listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}`)
  assert.equal(await read(), 'blocked')
})

test('a script of an app on the same site can log the user out, and gets an empty answer', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  const app = await startApp(t, stage, { host: 'localhost' })
  await logIn(page, app)
  const code = new URL(page.url()).searchParams.get('code') ?? ''
  const { id_token = '' } = await redeem(page, app, code)
  const logOut = (hint: string) =>
    page.evaluate(async (url) => {
      const response = await fetch(url, { credentials: 'include' })
      return [response.status, await response.text()]
    }, `${app.issuer}/session/end?client_id=foreign${hint}`)
  assert.equal((await logOut(''))[0], 400)
  assert.deepEqual(await logOut(`&id_token_hint=${id_token}`), [204, ''])
  await page.goto(request(app, { prompt: 'none' }))
  assert.equal(new URL(page.url()).searchParams.get('error'), 'login_required')
})

for (const loginWindow of ['popup', 'page'] as const) {
  const isConnected = loginWindow === 'popup'
  test(`a window that an app opens for the login is ${isConnected ? '' : 'not '}connected with it if loginWindow is ${loginWindow}`, async (t) => {
    const stage = await setStage(t)
    const { page } = await person(t, browser)
    const app = await startApp(t, stage, { loginWindow })
    await page.goto(app.origin)
    await page.evaluate(() => {
      addEventListener('message', ({ data }) =>
        document.body.setAttribute('data-answer', `${data}`),
      )
    })
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate((url) => void open(url, 'login', 'popup'), request(app)),
    ])
    await signIn(popup, max)
    await popup.waitForURL(/\/callback\?/)
    const answer = await page.locator('body[data-answer]').count()
    assert.equal(answer > 0, isConnected)
    assert.equal(await popup.evaluate(() => opener !== null), isConnected)
    // The person is logged in now; a page of ours stands between all the same.
    const [second] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate(
        (url) => void open(url, 'choice', 'popup'),
        request(app, { prompt: 'select_account' }),
      ),
    ])
    await second.getByRole('link', { name: 'Mit diesem Konto weiter' }).click()
    await second.waitForURL(/\/callback\?/)
    assert.equal(await second.evaluate(() => opener !== null), isConnected)
  })
}

test('an app can suggest a user and a language, and another user can log in', async (t) => {
  const stage = await setStage(t)
  const { page } = await person(t, browser)
  const app = await startApp(t, stage)
  await page.goto(request(app, { login_hint: 'somebody.else', ui_locales: 'fr en-GB de' }))
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
  const name = page.locator('input[name=username]')
  assert.equal(await name.inputValue(), 'somebody.else')
  await name.fill(max.username)
  await page.locator('input[name=password]').fill(max.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/callback\?/)
})

for (const javaScriptEnabled of [true, false]) {
  const look = javaScriptEnabled ? 'with scripts' : 'without scripts'
  test(`prompt=select_account asks the user which account to use (${look})`, (t) =>
    chooseAccount(t, javaScriptEnabled))
}

async function chooseAccount(t: Scope, javaScriptEnabled: boolean): Promise<void> {
  const stage = await setStage(t)
  const { page } = await person(t, browser, { javaScriptEnabled })
  const app = await startApp(t, stage)
  const choose = request(app, { prompt: 'select_account' })
  await logIn(page, app)
  await page.goto(choose)
  assert.equal(await heading(page), 'Weiter zu Wiki')
  await page.getByText('Sie sind als Max Muster (max.muster) angemeldet.').waitFor()
  await page.getByRole('link', { name: 'Mit diesem Konto weiter' }).click()
  await page.waitForURL(/\/callback\?/)
  await page.goto(choose)
  await page.getByRole('link', { name: 'Abbrechen' }).click()
  await page.waitForURL(/error=access_denied/)
  await page.goto(choose)
  await page.getByRole('link', { name: 'Mit einem anderen Konto anmelden' }).click()
  assert.equal(await page.locator('input[name=username]').inputValue(), '')
}
