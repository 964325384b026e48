/** An app of SAML that only a test plays, with a whole server and a browser without a screen. */
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { TestContext } from 'node:test'
import {
  buildRedirect,
  type NewAuthnRequest,
  readCertificate,
  readResponse,
  receivePost,
  type SigningKey,
  writeAuthnRequest,
} from '#saml'
import {
  createPlainBrowser,
  type PlainBrowser,
  type Reply,
  readForm,
} from '../../src/dev/test-support/plain-browser.ts'
import { protocols } from '../../src/faces/protocols/index.ts'
import { type AppInput, createApps } from '../../src/identity/apps/apps.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import { createCertificate } from './certificate.ts'
import { type ConfigParts, erika, startInProcess } from './in-process.ts'
import { enterPassword } from './way-in.ts'

export const createKey = (host: string): SigningKey => {
  const pair = createCertificate(host, 'rsa')
  return {
    privateKey: createPrivateKey(pair.key),
    certificate: new X509Certificate(pair.cert).raw.toString('base64'),
  }
}
export const key = createKey('notes.example')
export const entityId = 'https://notes.example/metadata'
export const acs = 'https://notes.example/acs'

/** A server with the app `notes`, and others. */
export async function start(
  t: TestContext,
  others: readonly AppInput[] = [],
  config: ConfigParts = {},
  clock = systemClock,
) {
  const policy = { default_policy: { second_factor: 'none' } } as const
  const server = await startInProcess(t, { ...policy, ...config }, clock)
  const { parts, db, publicUrl } = server
  const apps = createApps({ ...parts.platform, protocols })
  for (const one of others) await apps.create(db, one)
  await apps.create(db, {
    id: 'notes',
    name: 'Notes',
    protocol: 'saml',
    settings: {
      entityId,
      consumerUrls: [acs],
      logoutUrl: 'https://notes.example/slo',
      signingCertificates: [key.certificate],
      signedRequests: 'required',
    },
    policy: { secondFactor: 'none' },
  })
  const browser = createPlainBrowser(publicUrl, { language: 'en' })
  let count = 0
  const write = (more: Partial<NewAuthnRequest> = {}, by?: SigningKey) => {
    count += 1
    const head = { id: `_request${count}`, issuer: entityId, issuedAt: Date.now() }
    return writeAuthnRequest({ ...head, destination: `${publicUrl}/saml/sso`, ...more }, by)
  }
  const pathOf = (path: string, xml: string, relayState?: string, by: SigningKey | null = key) => {
    const sent = { parameter: 'SAMLRequest' as const, xml, relayState, ...(by && { key: by }) }
    return buildRedirect(path, sent)
  }
  return {
    ...server,
    browser,
    write,
    pathOf,
    ask: (more?: Partial<NewAuthnRequest>, relayState?: string) =>
      pathOf('/saml/sso', write(more), relayState),
  }
}

export type Started = Awaited<ReturnType<typeof start>>

export const logIn = (browser: PlainBrowser) => enterPassword(browser, erika)

/** What the page posts to the app. */
export async function readAnswer({ publicUrl }: Started, page: Reply) {
  const { action, hidden } = readForm(page)
  const metadata = await (await fetch(`${publicUrl}/saml/metadata`)).text()
  const [, own = ''] = /<ds:X509Certificate>([^<]*)</.exec(metadata) ?? []
  const received = receivePost(hidden)
  assert.ok(received.type === 'ok')
  const read = readResponse(received.message, { keys: [readCertificate(own).publicKey] })
  assert.ok(read.type === 'ok', JSON.stringify(read))
  return { action, relayState: hidden.RelayState, response: read.response }
}
