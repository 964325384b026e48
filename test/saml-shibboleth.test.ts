/** SAML with an app that others wrote: the Shibboleth service provider in Debian's Apache, over TLS, in Chromium. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { writeServiceProvider } from '#saml'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { samlMetadata } from '../src/faces/protocols/saml/metadata.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { createServerFolder, endProcess, startApache, writeFiles } from './support/apache.ts'
import { createCertificate } from './support/certificate.ts'
import { enrolCodeApp } from './support/enrol-code-app.ts'
import { person, readText, signIn } from './support/guide.ts'
import { erika } from './support/in-process.ts'
import { findPort } from './support/installation.ts'
import { appHost, setTlsStage } from './support/tls.ts'

const shown = `<h1>The app</h1>
<p id="display"><!--#echo var="displayName" --></p>
<p id="class"><!--#echo var="Shib-AuthnContext-Class" --></p>
<p id="instant"><!--#echo var="Shib-Authentication-Instant" --></p>`

async function setStage(t: Scope) {
  const stage = await setTlsStage(t)
  const { server, certificate, readText: readPath } = stage
  const folder = await createServerFolder(t)
  const port = await findPort()
  const origin = `https://${appHost}:${port}`
  const own = createCertificate(appHost, 'rsa')
  await writeFiles(folder, {
    'sp.key': own.key,
    'sp.cert': own.cert,
    'idp.xml': await readPath('/saml/metadata'),
    'attribute-map.xml': attributeMap,
    'shibd.logger': describeLog(join(folder, 'shibd.log')),
    'native.logger': describeLog(join(folder, 'native.log')),
    'shibboleth2.xml': describeProvider(folder, origin, `${server.publicUrl}/saml/metadata`),
  })
  await mkdir(join(folder, 'run'))
  await startShibd(t, folder)
  await startApache(t, folder, {
    ...{ certificate, host: appHost, port },
    modules: ['mod_shib'],
    files: { 'html/secure/index.shtml': shown, 'html/second/index.shtml': shown },
    config: [
      'ShibConfig DIR/shibboleth2.xml',
      '<Location /Shibboleth.sso>',
      'SetHandler shib',
      'Require all granted',
      '</Location>',
      '<Location /secure>',
      'AuthType shibboleth',
      'ShibRequestSetting requireSession 1',
      'Require shib-session',
      '</Location>',
      '<Location /second>',
      'AuthType shibboleth',
      'ShibRequestSetting applicationId second',
      'ShibRequestSetting requireSession 1',
      'Require shib-session',
      '</Location>',
      '<Location /second/Shibboleth.sso>',
      'SetHandler shib',
      'Require all granted',
      '</Location>',
    ].join('\n'),
  })
  await addApp(stage, { id: 'shib', entityId: `${origin}/shibboleth`, at: origin }, own.cert)
  const second = { id: 'second', entityId: `${origin}/second`, at: `${origin}/second` }
  await addApp(stage, second, own.cert)
  return { ...stage, origin, folder }
}

/** By metadata as an administrator would write it; encrypts for the app, as its key is for that too. */
async function addApp(
  { server: { parts, db } }: Awaited<ReturnType<typeof setTlsStage>>,
  app: { readonly id: string; readonly entityId: string; readonly at: string },
  pem: string,
): Promise<void> {
  const { id, entityId, at } = app
  const certificate = pem.replace(/-----[A-Z ]+-----|\s/g, '')
  const metadata = writeServiceProvider({
    entityId,
    consumerUrls: [`${at}/Shibboleth.sso/SAML2/POST`],
    logoutUrl: `${at}/Shibboleth.sso/SLO/Redirect`,
    signingCertificate: certificate,
    encryptionCertificate: certificate,
    signsRequests: true,
  })
  await createApps({ ...parts.platform, protocols }).create(db, {
    id,
    name: id === 'shib' ? 'Shibboleth' : 'Second',
    protocol: 'saml',
    settings: samlMetadata.read(metadata, {}).settings,
    policy: { secondFactor: 'none' },
  })
}

const attributeMap = `<Attributes xmlns="urn:mace:shibboleth:2.0:attribute-map">
  <Attribute name="urn:oid:2.16.840.1.113730.3.1.241" id="displayName"/>
  <Attribute name="urn:oid:0.9.2342.19200300.100.1.3" id="mail"/>
</Attributes>`

const describeLog = (file: string) => `log4j.rootCategory=INFO, file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.fileName=${file}
log4j.appender.file.layout=org.apache.log4j.BasicLayout
`

const describeProvider = (folder: string, origin: string, idp: string) => `
<SPConfig xmlns="urn:mace:shibboleth:3.0:native:sp:config" clockSkew="180">
  <OutOfProcess logger="${folder}/shibd.logger"/>
  <InProcess logger="${folder}/native.logger"/>
  <UnixListener address="${folder}/run/shibd.sock"/>
  <ApplicationDefaults entityID="${origin}/shibboleth" REMOTE_USER="persistent-id" signing="true">
    <Sessions lifetime="28800" timeout="3600" relayState="ss:mem" checkAddress="false"
      handlerSSL="true" cookieProps="https" redirectLimit="none">
      <SSO entityID="${idp}">SAML2</SSO>
      <Logout>SAML2 Local</Logout>
    </Sessions>
    <MetadataProvider type="XML" validate="true" path="${folder}/idp.xml"/>
    <AttributeExtractor type="XML" validate="true" path="${folder}/attribute-map.xml"/>
    <CredentialResolver type="File" key="${folder}/sp.key" certificate="${folder}/sp.cert"/>
    <ApplicationOverride id="second" entityID="${origin}/second">
      <Sessions lifetime="28800" timeout="3600" relayState="ss:mem" checkAddress="false"
        handlerURL="/second/Shibboleth.sso" handlerSSL="true" cookieProps="https" redirectLimit="none">
        <SSO entityID="${idp}">SAML2</SSO>
        <Logout>SAML2 Local</Logout>
      </Sessions>
    </ApplicationOverride>
  </ApplicationDefaults>
  <SecurityPolicyProvider type="XML" validate="true" path="/etc/shibboleth/security-policy.xml"/>
  <ProtocolProvider type="XML" validate="true" path="/etc/shibboleth/protocols.xml"/>
</SPConfig>`

async function startShibd(t: Scope, folder: string): Promise<void> {
  const args = ['-f', '-F', '-c', join(folder, 'shibboleth2.xml'), '-p', join(folder, 'shibd.pid')]
  const child = spawn('shibd', args, { stdio: 'ignore' })
  t.after(() => endProcess(child))
  const socket = join(folder, 'run/shibd.sock')
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (existsSync(socket)) return await chmod(socket, 0o777)
    if (child.exitCode !== null) break
    await new Promise((go) => setTimeout(go, 50))
  }
  const log = await readFile(join(folder, 'shibd.log'), 'utf8').catch(() => '')
  throw new Error(`shibd does not get ready:\n${log}`)
}

async function seesApp(page: Page, address: string): Promise<void> {
  await page.waitForURL(address)
  assert.equal(await readText(page, 'h1'), 'The app')
}

test('a person logs in to a Shibboleth app, confirms the password where it asks, and logs out there', async (t) => {
  const { server, origin, browser } = await setStage(t)
  const { page } = await person(t, browser)
  const secure = `${origin}/secure/`
  await page.goto(`${secure}?a=1&b=2`)
  assert.match(page.url(), /^https:\/\/localhost:\d+\/login/)
  await signIn(page, erika)
  await seesApp(page, `${secure}?a=1&b=2`)
  assert.equal(await readText(page, '#display'), 'Erika Mustermann')
  assert.match(await readText(page, '#class'), /:PasswordProtectedTransport$/)
  const instant = await readText(page, '#instant')

  const target = encodeURIComponent(secure)
  await page.goto(`${origin}/Shibboleth.sso/Login?target=${target}&forceAuthn=true`)
  await page.locator('[name=password]').waitFor()
  await signIn(page, erika)
  await seesApp(page, secure)
  assert.notEqual(await readText(page, '#instant'), instant)

  await page.goto(`${origin}/Shibboleth.sso/Logout`)
  await page.waitForURL((url) => url.origin === origin)
  await page.goto(`${server.publicUrl}/account`)
  await page.locator('[name=username]').waitFor()
  assert.deepEqual(server.errors, [])
})

test('a second Shibboleth app opens without a login, and a logout at one ends both', async (t) => {
  const { server, origin, browser } = await setStage(t)
  const { page } = await person(t, browser)
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/secure/`)
  await page.goto(`${origin}/second/`)
  await seesApp(page, `${origin}/second/`)
  await page.goto(`${origin}/second/Shibboleth.sso/Logout`)
  await page.waitForURL((url) => url.pathname.startsWith('/second/'))
  for (const name of ['secure', 'second']) {
    await page.goto(`${origin}/${name}/`)
    await page.locator('[name=username]').waitFor()
  }
  assert.deepEqual(server.errors, [])
})

test('a Shibboleth app that asks for more gets a second factor', async (t) => {
  const { server, origin, browser } = await setStage(t)
  const apps = createApps({ ...server.parts.platform, protocols })
  await apps.change(server.db, 'shib', { policy: { secondFactor: 'optional' } })
  const { page } = await person(t, browser)
  await page.goto(`${origin}/second/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/second/`)
  const wanted = 'https://refeds.org/profile/mfa'
  const query = new URLSearchParams({ target: `${origin}/secure/`, authnContextClassRef: wanted })
  await page.goto(`${origin}/Shibboleth.sso/Login?${query}`)
  assert.match(page.url(), /^https:\/\/localhost:\d+\/login/)
  await enrolCodeApp(page)
  await seesApp(page, `${origin}/secure/`)
  assert.equal(await readText(page, '#class'), wanted)
})

test('a Shibboleth app for another group is closed, and the app hears of it', async (t) => {
  const { server, origin, browser } = await setStage(t)
  const apps = createApps({ ...server.parts.platform, protocols })
  const policy = { secondFactor: 'none' as const, allowedGroups: ['board'] }
  await apps.change(server.db, 'shib', { policy })
  const { page } = await person(t, browser)
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await page.locator('a[href^="/saml/refused"]').click()
  await page.waitForURL(`${origin}/Shibboleth.sso/SAML2/POST`)
})

test('a login that nobody is there for is refused to the app without a page of ours', async (t) => {
  const { origin, browser } = await setStage(t)
  const { page } = await person(t, browser)
  const target = encodeURIComponent(`${origin}/secure/`)
  await page.goto(`${origin}/Shibboleth.sso/Login?target=${target}&isPassive=true`)
  await page.waitForURL((url) => url.origin === origin)
})

test('a logout at the login ends the session of a Shibboleth app', async (t) => {
  const { server, origin, browser } = await setStage(t)
  const { page } = await person(t, browser)
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/secure/`)
  await page.goto(`${server.publicUrl}/logout`)
  await page.locator('form[action="/logout"] button').click()
  await page.getByText('Shibboleth').first().waitFor()
  await page.goto(`${origin}/secure/`)
  await page.locator('[name=username]').waitFor()
})

test('a logout reaches a Shibboleth app that takes it by form alone, in both directions', async (t) => {
  const { server, origin, browser } = await setStage(t)
  const { parts, db } = server
  const apps = createApps({ ...parts.platform, protocols })
  const { settings } = (await apps.find(db, 'shib')) ?? {}
  const logoutUrl = `${origin}/Shibboleth.sso/SLO/POST`
  await apps.change(db, 'shib', { settings: { ...settings, logoutUrl, logoutBinding: 'post' } })
  const { page } = await person(t, browser)
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/secure/`)
  const posted = page.waitForRequest((one) => one.url() === logoutUrl && one.method() === 'POST')
  await page.goto(`${server.publicUrl}/logout`)
  await page.locator('form[action="/logout"] button').click()
  await posted
  await page.locator('ul.rows').getByText('Shibboleth').waitFor()
  await page.goto(`${origin}/secure/`)
  await signIn(page, erika)
  await seesApp(page, `${origin}/secure/`)
  const answered = page.waitForRequest((one) => one.url() === logoutUrl)
  await page.goto(`${origin}/Shibboleth.sso/Logout`)
  assert.match((await answered).postData() ?? '', /^SAMLResponse=/)
  await page.waitForURL((url) => url.origin === origin)
  assert.deepEqual(server.errors, [])
})
