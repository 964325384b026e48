// `einlass app test` for apps of every protocol, against a whole server.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { protocols } from '../src/faces/protocols/index.ts'
import type { Finding } from '../src/faces/protocols/probe.ts'
import { findProtocol } from '../src/identity/apps/app-protocol.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { setStage } from './support/guide.ts'

/** An app, or the proxy before it, that answers everything in one manner. */
async function startAnswering(t: TestContext, status: number, location?: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, location === undefined ? {} : { location }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An app that takes forms and has no page there. */
async function startTakingForms(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(request.method === 'POST' ? 500 : 404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function setUp(t: TestContext) {
  const { demo } = await setStage(t)
  const { platform } = demo.parts
  const { db } = platform.database
  const apps = createApps({ ...platform, protocols })
  const { publicUrl } = demo
  /** What is not right of such an app. */
  async function probe(protocol: string, settings: object, changed: object = settings) {
    const { app } = await apps.create(db, { protocol, name: 'App', settings: { ...settings } })
    const { clock, random } = platform
    const tried = { ...app, settings: { ...app.settings, ...changed } }
    const target = { app: tried, publicUrl, fetch, clock, random }
    const findings = (await findProtocol(protocols, protocol).probe?.(target)) ?? []
    assert.ok(findings.length > 0, protocol)
    return listBad(findings)
  }
  return { publicUrl, probe }
}

const listBad = (findings: readonly Finding[]) =>
  findings
    .filter(({ outcome }) => outcome !== 'right')
    .map(({ name, outcome }) => `${outcome} ${name}`)

test('every protocol plays its apps', () => {
  for (const { name, probe } of protocols) assert.ok(probe, name)
})

test('a SAML app that is right has nothing to look at, and one that the server does not know is wrong', async (t) => {
  const { probe } = await setUp(t)
  const url = await startTakingForms(t)
  const settings = { entityId: `${url}/metadata?a=1&b=2`, consumerUrls: [`${url}/acs`] }
  assert.deepEqual(await probe('saml', settings), [])
  const other = { consumerUrls: [`${url}/other`], signingCertificates: ['AAAA'] }
  const bad = await probe('saml', { ...settings, entityId: `${url}/second` }, other)
  assert.deepEqual(bad, ['wrong login', 'wrong signing certificate of the app'])
  const encrypting = { ...settings, encryptionCertificate: 'AAAA', logoutUrl: `${url}/slo` }
  const third = { ...encrypting, entityId: `${url}/third`, signedRequests: 'required' }
  const names = ['warning logout address', 'wrong encryption certificate of the app']
  assert.deepEqual(await probe('saml', third), names)
})

test('a SAML app that takes no form at its address for responses is to be looked at', async (t) => {
  const { probe } = await setUp(t)
  for (const status of [404, 405]) {
    const url = await startAnswering(t, status)
    const settings = { entityId: `${url}/metadata`, consumerUrls: [`${url}/acs`] }
    assert.deepEqual(await probe('saml', settings), ['warning address for responses'])
  }
})

test('an app of WS-Federation that is right has nothing to look at', async (t) => {
  const { probe } = await setUp(t)
  const url = await startAnswering(t, 302, '/adfs/ls/')
  assert.deepEqual(await probe('wsfed', { realms: [`${url}/owa/`] }), [])
  const bad = await probe('wsfed', { realms: [`${url}/a/`] }, { realms: [`${url}/b/`] })
  assert.deepEqual(bad, ['wrong login'])
})

test('an app whose proxy does not ask is wrong', async (t) => {
  const { probe, publicUrl } = await setUp(t)
  const answers: [number, string | undefined, string[]][] = [
    [303, `${publicUrl}/forward-auth/enter`, []],
    [302, '/forward-auth/app/login', []],
    [401, undefined, []],
    [200, undefined, ['wrong app behind the proxy']],
    [302, '/somewhere', ['wrong app behind the proxy']],
    [502, undefined, ['wrong app behind the proxy']],
    [403, undefined, ['warning app behind the proxy']],
  ]
  for (const [status, location, bad] of answers) {
    const url = await startAnswering(t, status, location)
    assert.deepEqual(await probe('forward-auth', { addresses: [url] }), bad, `${status}`)
  }
})
