/** An app that registers itself by openid-client, and the person who lets it in, in Chromium. */
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import * as client from 'openid-client'
import type { Browser } from 'playwright-core'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { person, signIn } from './support/guide.ts'
import { createInstallation, type Installation } from './support/installation.ts'
import { listen } from './support/listen.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const erika = { username: 'erika', password: 'Regenschirm im Mai', displayName: 'Erika Beispiel' }

async function startInstallation(t: TestContext, storage: 'sqlite' | 'postgres') {
  const config = { oidc: { dynamic_registration: true } }
  const installation = await createInstallation(t, { storage, config })
  await installation.addUser({ ...erika, email: 'erika@example.org' })
  await installation.serve()
  return installation
}

/** A native app, which waits for its code on this machine, and then shows a page of another origin. */
async function startApp(t: TestContext) {
  const inside = await listen(t, (_, response) => {
    response.setHeader('content-type', 'text/html').end('<h1>The app</h1>')
  })
  const port = await listen(t, ({ url }, response) => {
    response.writeHead(303, { location: `http://127.0.0.1:${inside}${url}` }).end()
  })
  const at = (one: number) => `http://127.0.0.1:${one}/callback`
  return { redirectUri: at(port), inside: at(inside) }
}

async function register(installation: Installation, redirectUri: string) {
  const issue = ['registration-token', 'issue', '--name', 'Test', '--second-factor', 'none']
  const { token } = JSON.parse(await installation.command([...issue, '--json']))
  return await client.dynamicClientRegistration(
    new URL(`${installation.publicUrl}/oidc`),
    {
      client_name: 'Schach "b" & Co',
      application_type: 'native',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      policy_uri: 'https://schach.example/datenschutz',
    },
    client.None(),
    { initialAccessToken: token, execute: [client.allowInsecureRequests] },
  )
}

async function createRequest(config: client.Configuration, redirectUri: string) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  return { url: url.href, pkceCodeVerifier }
}

for (const [storage, scripts] of [
  ['sqlite', true],
  ['postgres', false],
] as const) {
  test(`a user consents to an app that registered itself, ${scripts ? 'with' : 'without'} scripts (${storage})`, async (t) => {
    const installation = await startInstallation(t, storage)
    const { redirectUri, inside } = await startApp(t)
    const config = await register(installation, redirectUri)
    const { page, errors } = await person(t, browser, { javaScriptEnabled: scripts })
    const first = await createRequest(config, redirectUri)
    await page.goto(first.url)
    const notice = page.getByText('Diese Anwendung hat sich selbst eingetragen')
    assert.match((await notice.textContent()) ?? '', /bei Schach "b" & Co an/)
    assert.equal(
      await page.getByRole('link', { name: 'Datenschutzerklärung' }).getAttribute('href'),
      'https://schach.example/datenschutz',
    )
    await signIn(page, erika)
    await page.getByRole('heading', { name: 'Bei Schach "b" & Co anmelden?' }).waitFor()
    await showsNothingWrong(page, { hasScripts: scripts })
    const text = (await page.locator('main').textContent()) ?? ''
    assert.match(text, new RegExp(`diesem Gerät \\(${new URL(redirectUri).host}\\)`))
    assert.match(text, /Ihren Namen, Ihre E-Mail-Adresse/)
    await page.getByRole('button', { name: 'Anmelden' }).click()
    await page.waitForURL(`${inside}?**`)
    const { pkceCodeVerifier } = first
    const answer = new URL(new URL(page.url()).search, redirectUri)
    const tokens = await client.authorizationCodeGrant(config, answer, { pkceCodeVerifier })
    assert.equal(tokens.claims()?.name, erika.displayName)

    // One consent in each session is enough, and a user may decline a later one.
    await page.goto((await createRequest(config, redirectUri)).url)
    await page.waitForURL(`${inside}?code=**`)
    const asking = new URL((await createRequest(config, redirectUri)).url)
    asking.searchParams.set('prompt', 'consent')
    await page.goto(asking.href)
    await page.getByRole('link', { name: 'Nicht anmelden' }).click()
    await page.waitForURL(`${inside}?error=access_denied**`)

    const { client_id: id } = config.clientMetadata()
    await page.goto(installation.publicUrl)
    assert.doesNotMatch((await page.locator('main').textContent()) ?? '', /Schach/)
    assert.match(
      await installation.command(['app', 'list']),
      /Schach "b" & Co \(registered itself\)/,
    )
    const before = await installation.command(['app', 'show', id])
    assert.match(before, /It has registered itself, with the token rgt_/)
    await installation.command(['app', 'adopt', id])
    await page.goto(asking.href)
    await page.waitForURL(`${inside}?code=**`)
    const shown = await installation.command(['app', 'show', id])
    assert.doesNotMatch(shown, /registered itself/)
    assert.deepEqual(errors, [])
  })
}
