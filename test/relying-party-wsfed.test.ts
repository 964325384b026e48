/** WS-Federation as Outlook on the web uses it, with passport-wsfed-saml2, over TLS, in Chromium. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { findPort } from '../scripts/testing/ports.ts'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { createSigningKeys } from '../src/faces/protocols/signing-keys.ts'
import { type AppInput, createApps } from '../src/identity/apps/apps.ts'
import { addToGroup } from '../src/identity/users/groups.ts'
import { changeAttributes } from '../src/identity/users/local/attributes.ts'
import { endProcess } from './support/apache.ts'
import { enrolCodeAppInSession } from './support/enrol-code-app.ts'
import { heading, person, signIn } from './support/guide.ts'
import { erika } from './support/in-process.ts'
import { readClaims } from './support/relying-party-stage.ts'
import { appHost, setTlsStage, type TlsStage } from './support/tls.ts'

const claimTypes = {
  upn: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  sid: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarysid',
}
const upn = 'erika@corp.example'
const sid = 'S-1-5-21-1004336348-1177238915-682003330-512'

/** Exchange's two addresses, as one app. */
async function setStage(t: Scope, policy: AppInput['policy'] = { secondFactor: 'none' }) {
  const stage = await setTlsStage(t)
  const { parts, db, publicUrl } = stage.server
  const origin = `https://${appHost}:${await findPort()}`
  await createApps({ ...parts.platform, protocols }).create(db, {
    id: 'owa',
    name: 'Webmail',
    protocol: 'wsfed',
    settings: { realms: [`${origin}/owa/`, `${origin}/ecp/`] },
    policy,
  })
  const [key] = await createSigningKeys({ ...parts.platform, db, publicUrl }).find('saml')
  await startExchange(t, stage, origin, key?.certificate?.sha1 ?? '')
  return { ...stage, origin }
}

async function nameErika({ server: { db } }: TlsStage): Promise<void> {
  const { id } = await db.selectFrom('users').select('id').executeTakeFirstOrThrow()
  await changeAttributes(db, id, new Map(Object.entries({ upn: [upn], sid: [sid] })))
}

async function startExchange(
  t: Scope,
  { server, certificate }: TlsStage,
  origin: string,
  thumbprint: string,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-wsfed-'))
  const files = { TLS_KEY: join(folder, 'key.pem'), TLS_CERT: join(folder, 'cert.pem') }
  await writeFile(files.TLS_KEY, certificate.key)
  await writeFile(files.TLS_CERT, certificate.cert)
  const issuer = `${server.publicUrl}/adfs/ls/`
  const child = spawn(process.execPath, ['passport-wsfed.js'], {
    cwd: resolve(import.meta.dirname, 'relying-parties'),
    env: {
      PATH: process.env.PATH,
      ORIGIN: origin,
      ISSUER: issuer,
      CLIENT_ID: thumbprint,
      ...files,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  t.after(async () => {
    await endProcess(child)
    await rm(folder, { recursive: true, force: true })
  })
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (child.exitCode !== null) throw new Error('the relying party has ended')
    // It speaks TLS, so it answers this with an error of its own.
    const error = await fetch(origin.replace('https:', 'http:')).catch((one: Error) => one.cause)
    if (!/ECONNREFUSED/.test(`${error}`)) return
    await new Promise((go) => setTimeout(go, 50))
  }
}

async function readApp(page: Page, address: string) {
  await page.waitForURL(address)
  return await readClaims(page)
}

test('webmail gets UPN and SID, the browser returns to its address, and the second address asks for no login', async (t) => {
  const stage = await setStage(t)
  await nameErika(stage)
  const { origin, browser, server } = stage
  const { page, errors } = await person(t, browser)
  await page.goto(`${origin}/owa/?path=/mail&x=%22%3E`)
  assert.match(page.url(), /^https:\/\/localhost:\d+\/login/)
  await signIn(page, erika)
  const claims = await readApp(page, `${origin}/owa/?path=/mail&x=%22%3E`)
  assert.deepEqual([claims?.[claimTypes.upn], claims?.[claimTypes.sid]], [upn, sid])
  await page.goto(`${origin}/ecp/`)
  assert.equal((await readApp(page, `${origin}/ecp/`))?.[claimTypes.upn], upn)
  assert.deepEqual(errors, [])
  assert.deepEqual(server.errors, [])
})

/** The token that goes to webmail next. */
async function waitForToken(page: Page): Promise<string> {
  const request = await page.waitForRequest(
    (one) => one.method() === 'POST' && /\/owa\/$/.test(one.url()),
  )
  return new URLSearchParams(request.postData() ?? '').get('wresult') ?? ''
}

const ask = (parameters: Record<string, string>) =>
  `?extra=${encodeURIComponent(`${new URLSearchParams(parameters)}`)}`

test('wfresh=0 asks for the password again', async (t) => {
  const stage = await setStage(t)
  await nameErika(stage)
  const { origin, browser } = stage
  const { page } = await person(t, browser)
  await page.goto(`${origin}/owa/`)
  await signIn(page, erika)
  await page.waitForURL(`${origin}/owa/`)
  await page.goto(`${origin}/owa/${ask({ wfresh: '0' })}`)
  await page.locator('[name=password]').waitFor()
})

test('wauth requests a second factor, and the token says that it was used', async (t) => {
  const stage = await setStage(t, { secondFactor: 'optional' })
  await nameErika(stage)
  const { origin, browser } = stage
  const { page } = await person(t, browser)
  const several = 'http://schemas.microsoft.com/claims/multipleauthn'
  const first = waitForToken(page)
  await page.goto(`${origin}/owa/`)
  await signIn(page, erika)
  await page.locator('button[value=defer], button[value=skip]').first().click()
  await page.waitForURL(`${origin}/owa/`)
  assert.match(await first, /AuthenticationMethod="urn:oasis:names:tc:SAML:1.0:am:password"/)
  const second = waitForToken(page)
  await page.goto(`${origin}/owa/${ask({ wauth: several })}`)
  assert.match(page.url(), /^https:\/\/localhost:\d+\/login/)
  await enrolCodeAppInSession(page, erika.password)
  assert.equal((await readApp(page, `${origin}/owa/`))?.[claimTypes.upn], upn)
  assert.ok((await second).includes(`AuthenticationMethod="${several}"`))
})

test('webmail is closed to a user outside its group, and open to a member', async (t) => {
  const stage = await setStage(t, { secondFactor: 'none', allowedGroups: ['board'] })
  await nameErika(stage)
  const { origin, browser, server } = stage
  const { page } = await person(t, browser)
  await page.goto(`${origin}/owa/`)
  await signIn(page, erika)
  await page.locator('h1').filter({ hasText: 'Webmail' }).waitFor()
  assert.match(page.url(), /^https:\/\/localhost:\d+\/adfs\/ls\/continue/)
  assert.equal(await page.locator('[name=wresult]').count(), 0)
  const { id } = await server.db.selectFrom('users').select('id').executeTakeFirstOrThrow()
  await addToGroup(server.db, id, 'board')
  await page.goto(`${origin}/owa/`)
  assert.equal((await readApp(page, `${origin}/owa/`))?.[claimTypes.upn], upn)
})

/** A person in both addresses of webmail. */
async function enterBoth(t: Scope) {
  const stage = await setStage(t)
  await nameErika(stage)
  const { origin, browser, server } = stage
  const { page } = await person(t, browser)
  await page.goto(`${origin}/owa/`)
  await signIn(page, erika)
  for (const name of ['owa', 'ecp']) {
    await page.goto(`${origin}/${name}/`)
    await page.waitForURL(`${origin}/${name}/`)
  }
  const cleanUps = ['owa', 'ecp'].map((name) =>
    page.waitForResponse(`${origin}/${name}/?wa=wsignoutcleanup1.0`),
  )
  return { origin, page, server, cleanUps }
}

/** The user is logged out of webmail and of Einlass. */
async function isOut({ origin, page, server, cleanUps }: Awaited<ReturnType<typeof enterBoth>>) {
  for (const answer of await Promise.all(cleanUps)) assert.equal(answer.status(), 200)
  await page.locator('ul.rows').getByText('Webmail').waitFor()
  for (const name of ['owa', 'ecp']) {
    await page.goto(`${origin}/${name}/`)
    await page.locator('[name=username]').waitFor()
  }
  await page.goto(`${server.publicUrl}/account`)
  await page.locator('[name=username]').waitFor()
}

test('a logout at webmail ends the login and both addresses of webmail', async (t) => {
  const scene = await enterBoth(t)
  await scene.page.goto(`${scene.origin}/owa/?wa=logoff`)
  await isOut(scene)
})

test('a logout at the login ends both addresses of webmail', async (t) => {
  const scene = await enterBoth(t)
  await scene.page.goto(`${scene.server.publicUrl}/logout`)
  await scene.page.locator('form[action="/logout"] button').click()
  await isOut(scene)
})

test('a user without a UPN gets a page that says so, and no token', async (t) => {
  const { origin, browser } = await setStage(t)
  const { page } = await person(t, browser)
  await page.goto(`${origin}/owa/`)
  await signIn(page, erika)
  await page.getByText('missing_claim').waitFor()
  assert.match(
    await heading(page),
    /^(Your account lacks a detail for|Ihrem Konto fehlt eine Angabe für) /,
  )
  await page.locator('main').getByText(erika.username).waitFor()
  assert.equal(await page.locator('main a[href="/"]').count(), 1)
  assert.match(page.url(), /^https:\/\/localhost:\d+\/adfs\/ls\/continue/)
})

test('A27: a request with an address that is not of the app is refused', async (t) => {
  const { server, origin, browser } = await setStage(t)
  const { page } = await person(t, browser)
  const { host } = new URL(origin)
  const asked = (parameters: Record<string, string>) =>
    `${server.publicUrl}/adfs/ls/?${new URLSearchParams({ wa: 'wsignin1.0', ...parameters })}`
  const realm = `${origin}/owa/`
  const bad = [
    { wtrealm: `${origin}/owa//` },
    { wtrealm: `${origin}/OWA/` },
    { wtrealm: `${origin}.evil.example/owa/` },
    { wtrealm: realm, wreply: `https://${host}.evil.example/owa/` },
    { wtrealm: realm, wreply: `${realm}../evil` },
    { wtrealm: realm, wreply: `https://evil@${host}/owa/` },
    { wtrealm: realm, wreply: 'javascript:alert(1)' },
    { wtrealm: realm, wreply: '' },
    { wtrealm: realm, wctx: 'x'.repeat(3000) },
    { wtrealm: realm, wa: 'wattr1.0' },
  ]
  for (const parameters of bad) {
    const response = await page.goto(asked(parameters))
    assert.equal(response?.status(), 400, JSON.stringify(parameters))
  }
  const doubled = await page.goto(`${asked({ wtrealm: realm })}&wtrealm=x`)
  assert.equal(doubled?.status(), 400)
  assert.notEqual(await heading(page), '')
})
