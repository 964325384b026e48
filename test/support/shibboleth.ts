/** The Shibboleth service provider in Debian's Apache, over TLS, with an app here for each of its two. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { writeServiceProvider } from '#saml'
import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { protocols } from '../../src/faces/protocols/index.ts'
import { samlMetadata } from '../../src/faces/protocols/saml/metadata.ts'
import { createApps } from '../../src/identity/apps/apps.ts'
import type { Clock } from '../../src/platform/kernel/clock.ts'
import { createServerFolder, endProcess, startApache, writeFiles } from './apache.ts'
import { createCertificate } from './certificate.ts'
import { readText } from './guide.ts'
import { appHost, setTlsStage, type TlsStage } from './tls.ts'

const shown = `<h1>The app</h1>
<p id="display"><!--#echo var="displayName" --></p>
<p id="class"><!--#echo var="Shib-AuthnContext-Class" --></p>
<p id="instant"><!--#echo var="Shib-Authentication-Instant" --></p>`

export interface ShibbolethOptions {
  readonly clock?: Clock
  /** Where our metadata is, for a provider that reads it again and again; absent: it has a copy. */
  findMetadataUrl?(stage: TlsStage): Promise<string>
}

/** Two apps in one Apache: `/secure/` and `/second/`. */
export async function setShibbolethStage(t: Scope, options: ShibbolethOptions = {}) {
  const stage = await setTlsStage(t, options.clock)
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
    'shibboleth2.xml': describeProvider(folder, {
      origin,
      idp: `${server.publicUrl}/saml/metadata`,
      url: await options.findMetadataUrl?.(stage),
    }),
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

const describeMetadata = (folder: string, url: string | undefined) =>
  url === undefined
    ? `<MetadataProvider type="XML" validate="true" path="${folder}/idp.xml"/>`
    : `<MetadataProvider type="XML" validate="true" url="${url}" backingFilePath="${folder}/run/idp.xml"
      minRefreshDelay="1" maxRefreshDelay="1"/>`

const describeProvider = (
  folder: string,
  {
    origin,
    idp,
    url,
  }: { readonly origin: string; readonly idp: string; readonly url: string | undefined },
) => `
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
    ${describeMetadata(folder, url)}
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

export async function seesApp(page: Page, address: string): Promise<void> {
  await page.waitForURL(address)
  assert.equal(await readText(page, 'h1'), 'The app')
}
