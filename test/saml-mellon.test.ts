/** SAML with an app that others wrote: mod_auth_mellon in Debian's Apache, over TLS, in Chromium. */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { readServiceProvider } from '#saml'
import { findPort } from '../scripts/testing/ports.ts'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { type AppInput, createApps } from '../src/identity/apps/apps.ts'
import { createServerFolder, startApache } from './support/apache.ts'
import { enrolCodeAppInSession } from './support/enrol-code-app.ts'
import { person, readText, signIn } from './support/guide.ts'
import { erika, type startInProcess } from './support/in-process.ts'
import { appHost, setTlsStage } from './support/tls.ts'

const run = promisify(execFile)
const shown = `<h1>The app</h1>
<p id="name"><!--#echo var="MELLON_NAME_ID" --></p>
<p id="display"><!--#echo var="MELLON_urn:oid:2.16.840.1.113730.3.1.241" --></p>
<p id="query"><!--#echo var="QUERY_STRING" --></p>`

interface MellonApp {
  readonly name: string
  /** Lines of the configuration of its location. */
  readonly config?: readonly string[]
  readonly isEncrypted?: boolean
  readonly policy?: AppInput['policy']
}

/** An Apache with an app for each name, at a path of this name. */
async function setStage(t: Scope, apps: readonly MellonApp[]) {
  const { server, browser, certificate, readText: readPath } = await setTlsStage(t)
  const folder = await createServerFolder(t)
  const port = await findPort()
  const origin = `https://${appHost}:${port}`
  for (const app of apps) await addApp(server, { app, folder, origin })
  await startApache(t, folder, {
    ...{ certificate, host: appHost, port },
    modules: ['auth_mellon'],
    files: {
      'idp.xml': await readPath('/saml/metadata'),
      ...Object.fromEntries(apps.map(({ name }) => [`html/${name}/index.shtml`, shown])),
    },
    config: apps.map(describeLocation).join('\n'),
  })
  return { server, origin, browser, folder }
}

/** Makes the app's keys and metadata as its authors want it, and adds it here by this metadata. */
async function addApp(
  { parts, db }: Awaited<ReturnType<typeof startInProcess>>,
  where: { readonly app: MellonApp; readonly folder: string; readonly origin: string },
): Promise<void> {
  const { app, folder, origin } = where
  const cwd = join(folder, app.name)
  await mkdir(cwd)
  const address = `${origin}/${app.name}`
  await run('mellon_create_metadata', [address, `${address}/mellon`], { cwd })
  for (const end of ['key', 'cert', 'xml']) {
    const made = execFileSync('ls', [cwd], { encoding: 'utf8' })
      .split('\n')
      .find((name) => name.endsWith(`.${end}`))
    await run('mv', [join(cwd, made ?? ''), join(cwd, `sp.${end}`)])
    await chmod(join(cwd, `sp.${end}`), 0o644)
  }
  const read = readServiceProvider(await readFile(join(cwd, 'sp.xml'), 'utf8'))
  assert.ok(read.type === 'ok', JSON.stringify(read))
  const { provider } = read
  await createApps({ ...parts.platform, protocols }).create(db, {
    id: app.name,
    name: `App ${app.name}`,
    protocol: 'saml',
    settings: {
      entityId: provider.entityId,
      consumerUrls: provider.consumers.map(({ url }) => url),
      signingCertificates: provider.signingCertificates,
      signedRequests: 'required',
      logoutUrl: provider.logoutServices.find(({ binding }) => binding === 'redirect')?.url,
      ...(app.isEncrypted === true && { encryptionCertificate: provider.encryptionCertificate }),
    },
    policy: app.policy ?? { secondFactor: 'none' },
  })
}

function describeLocation({ name, config = [] }: MellonApp): string {
  return [
    `<Location /${name}>`,
    'AuthType Mellon',
    'MellonEnable auth',
    'Require valid-user',
    `MellonVariable ${name}`,
    `MellonEndpointPath /${name}/mellon`,
    `MellonSPPrivateKeyFile DIR/${name}/sp.key`,
    `MellonSPCertFile DIR/${name}/sp.cert`,
    `MellonSPMetadataFile DIR/${name}/sp.xml`,
    'MellonIdPMetadataFile DIR/idp.xml',
    'MellonSecureCookie On',
    'MellonCookieSameSite None',
    'MellonSignatureMethod rsa-sha256',
    ...config,
    '</Location>',
  ].join('\n')
}

/** The document that goes to an app next. */
async function waitForResponse(page: Page): Promise<string> {
  const request = await page.waitForRequest((one) => one.url().endsWith('/mellon/postResponse'))
  const field = new URLSearchParams(request.postData() ?? '').get('SAMLResponse')
  return Buffer.from(field ?? '', 'base64').toString()
}

async function seesApp(page: Page, address: string): Promise<void> {
  await page.waitForURL(address)
  assert.equal(await readText(page, 'h1'), 'The app')
}

test('a user logs in to an app, and then to another app without a second login', async (t) => {
  const { server, origin, browser } = await setStage(t, [{ name: 'notes' }, { name: 'mail' }])
  const { page, errors } = await person(t, browser)
  const answer = waitForResponse(page)
  await page.goto(`${origin}/notes/?a=1&b=2`)
  assert.match(page.url(), /^https:\/\/localhost:\d+\/login/)
  await signIn(page, erika)
  await seesApp(page, `${origin}/notes/?a=1&b=2`)
  assert.equal(await readText(page, '#display'), 'Erika Mustermann')
  assert.match(await answer, /:PasswordProtectedTransport</)
  const first = await readText(page, '#name')
  await page.goto(`${origin}/mail/`)
  await seesApp(page, `${origin}/mail/`)
  assert.notEqual(await readText(page, '#name'), first)
  assert.deepEqual(errors, [])
  assert.deepEqual(server.errors, [])
})

test('an app that requests a second factor gets it under the name that it used', async (t) => {
  const wanted = 'https://refeds.org/profile/mfa'
  const { origin, browser } = await setStage(t, [
    { name: 'notes' },
    {
      name: 'bank',
      config: [
        `MellonAuthnContextClassRef "${wanted}"`,
        'MellonAuthnContextComparisonType minimum',
      ],
      policy: { secondFactor: 'optional' },
    },
  ])
  const { page } = await person(t, browser)
  await page.goto(`${origin}/notes/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/notes/`)
  await page.goto(`${origin}/bank/`)
  assert.match(page.url(), /^https:\/\/localhost:\d+\/login/)
  const answer = waitForResponse(page)
  await enrolCodeAppInSession(page, erika.password)
  await seesApp(page, `${origin}/bank/`)
  assert.ok((await answer).includes(`${wanted}</saml:AuthnContextClassRef>`))
})

test('an app is closed to a user outside its group, and the app gets the refusal', async (t) => {
  const { origin, browser } = await setStage(t, [
    { name: 'board', policy: { secondFactor: 'none', allowedGroups: ['board'] } },
  ])
  const { page } = await person(t, browser)
  await page.goto(`${origin}/board/`)
  await signIn(page, erika)
  await page.getByText('App board').first().waitFor()
  assert.match(page.url(), /^https:\/\/localhost:\d+\/saml\/continue/)
  await page.locator('a[href^="/saml/refused"]').click()
  await page.waitForURL(`${origin}/board/mellon/postResponse`)
})

/** Whether the app knows the person without asking the login, which is closed to this browser meanwhile. */
async function isKnown(page: Page, address: string): Promise<boolean> {
  const login = /^https:\/\/localhost/
  await page.route(login, (route) => route.abort())
  await page.goto(address).catch(() => undefined)
  await page.unroute(login)
  return (await page.locator('#display').count()) > 0
}

test('a logout at an app ends the login and the other apps, and comes back to the app', async (t) => {
  const { server, origin, browser } = await setStage(t, [{ name: 'notes' }, { name: 'mail' }])
  const { page } = await person(t, browser)
  await page.goto(`${origin}/notes/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/notes/`)
  await page.goto(`${origin}/mail/`)
  await seesApp(page, `${origin}/mail/`)
  const after = `${origin}/bye`
  await page.goto(`${origin}/notes/mellon/logout?ReturnTo=${encodeURIComponent(after)}`)
  await page.waitForURL(after)
  assert.equal(await isKnown(page, `${origin}/notes/`), false)
  assert.equal(await isKnown(page, `${origin}/mail/`), false)
  await page.goto(`${server.publicUrl}/account`)
  await page.locator('[name=username]').waitFor()
  assert.deepEqual(server.errors, [])
})

test('a logout at the login ends every app, and the page says so', async (t) => {
  const { server, origin, browser } = await setStage(t, [{ name: 'notes' }, { name: 'mail' }])
  const { page } = await person(t, browser)
  await page.goto(`${origin}/notes/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/notes/`)
  await page.goto(`${origin}/mail/`)
  await seesApp(page, `${origin}/mail/`)
  await page.goto(`${server.publicUrl}/logout`)
  await page.locator('form[action="/logout"] button').click()
  for (const name of ['App notes', 'App mail'])
    await page
      .getByRole('listitem')
      .filter({ hasText: name })
      .getByText('Abgemeldet', { exact: true })
      .waitFor()
  assert.equal(page.url(), `${server.publicUrl}/logout`)
  assert.equal(await isKnown(page, `${origin}/notes/`), false)
  assert.equal(await isKnown(page, `${origin}/mail/`), false)
})

test('the app decrypts an encrypted assertion', async (t) => {
  const { origin, browser } = await setStage(t, [{ name: 'safe', isEncrypted: true }])
  const { page } = await person(t, browser)
  const answer = waitForResponse(page)
  await page.goto(`${origin}/safe/`)
  await signIn(page, erika)
  const xml = await answer
  assert.match(xml, /<saml:EncryptedAssertion/)
  assert.doesNotMatch(xml, /Mustermann|<saml:Assertion/)
  await seesApp(page, `${origin}/safe/`)
  assert.equal(await readText(page, '#display'), 'Erika Mustermann')
})
