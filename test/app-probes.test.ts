// `einlass app test` for apps of every protocol, against a whole server.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { protocols } from '../src/faces/protocols/index.ts'
import { type Finding, type ProbeTarget, probePostAddress } from '../src/faces/protocols/probe.ts'
import { findProtocol } from '../src/identity/apps/app-protocol.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { createCertificate } from './support/certificate.ts'
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

async function findClosedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
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
  /** What the probe finds wrong with such an app. */
  async function probe(protocol: string, settings: object, changed: object = settings) {
    const { app } = await apps.create(db, { protocol, name: 'App', settings: { ...settings } })
    const { clock, random } = platform
    const tried = { ...app, settings: { ...app.settings, ...changed } }
    const target = { app: tried, publicUrl, appNetworks: [], fetch, clock, random }
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

test('every protocol can probe its apps', () => {
  for (const { name, probe } of protocols) assert.ok(probe, name)
})

test('the probe finds nothing wrong with a correct SAML app, and reports an unknown address or a broken certificate', async (t) => {
  const { probe } = await setUp(t)
  const url = await startTakingForms(t)
  const settings = { entityId: `${url}/metadata?a=1&b=2`, consumerUrls: [`${url}/acs`] }
  assert.deepEqual(await probe('saml', settings), [])
  const other = { consumerUrls: [`${url}/other`], signingCertificates: ['AAAA'] }
  const bad = await probe('saml', { ...settings, entityId: `${url}/second` }, other)
  assert.deepEqual(bad, ['wrong login', 'wrong signing certificate of the app'])
  const encrypting = { ...settings, encryptionCertificate: 'AAAA', logoutUrl: `${url}/slo` }
  const third = { ...encrypting, entityId: `${url}/third`, signedRequests: 'required' }
  const names = [
    ...['warning logout address', 'wrong encryption certificate of the app'],
    'warning logout at the app',
  ]
  assert.deepEqual(await probe('saml', third), names)
})

test('the probe warns about a SAML app that does not accept forms at its address for responses', async (t) => {
  const { probe } = await setUp(t)
  for (const status of [404, 405]) {
    const url = await startAnswering(t, status)
    const settings = { entityId: `${url}/metadata`, consumerUrls: [`${url}/acs`] }
    assert.deepEqual(await probe('saml', settings), ['warning address for responses'])
  }
})

test('the probe follows the redirects of an app, and reports where they end', async (t) => {
  const { probe, publicUrl } = await setUp(t)
  const [dead, broken, fine] = [
    `http://127.0.0.1:${await findClosedPort()}/`,
    await startAnswering(t, 500),
    await startAnswering(t, 200),
  ]
  const none = { tokenEndpointAuthMethod: 'none' }
  for (const [to, isBad] of [
    [fine, false],
    [await startAnswering(t, 302, fine), false],
    [`${publicUrl}/login`, false],
    [dead, true],
    [broken, true],
    [await startAnswering(t, 303, dead), true],
    [await startAnswering(t, 302, '/again'), true],
  ] as const) {
    const url = await startAnswering(t, 302, to)
    const saml = { entityId: `${url}/metadata`, consumerUrls: [`${url}/acs`] }
    const found = await probe('saml', saml)
    assert.deepEqual(found, isBad ? ['warning address for responses'] : [], to)
    const oidc = await probe('oidc', { redirectUris: [`${url}/callback`], ...none })
    assert.deepEqual(oidc, isBad ? ['warning redirect address'] : [], to)
    const realm = await probe('wsfed', { realms: [`${url}/owa/`] })
    assert.deepEqual(realm, isBad ? ['warning address for tokens'] : [], to)
  }
})

test('the probe warns about an app of https that redirects a form to where browsers do not follow', async () => {
  const answers = (location: string) =>
    (async () =>
      new Response(null, { status: 302, headers: { location } })) as unknown as typeof fetch
  for (const location of ['com.example.app://signed-in', 'http://app.example/']) {
    const target = { publicUrl: 'https://login.example', fetch: answers(location) }
    const post = await probePostAddress(target as ProbeTarget, 'acs', 'https://app.example/acs')
    assert.deepEqual(
      [post.outcome, post.text.includes(new URL(location).protocol)],
      ['warning', true],
    )
  }
})

test('the probe finds nothing wrong with a correct WS-Federation app, and reports an unknown realm', async (t) => {
  const { probe, publicUrl } = await setUp(t)
  const url = await startAnswering(t, 302, `${publicUrl}/adfs/ls/`)
  assert.deepEqual(await probe('wsfed', { realms: [`${url}/owa/`] }), [])
  const bad = await probe('wsfed', { realms: [`${url}/a/`] }, { realms: [`${url}/b/`] })
  assert.deepEqual(bad, ['wrong login'])
})

/** The proxy of an app, with what it answers to a request for the app and to one for the way to the login. */
async function startProxy(t: TestContext, app: number, login: number, location?: string) {
  const server = createServer((request, response) => {
    const isLogin = request.url?.startsWith('/forward-auth/app/login?to=/') === true
    const headers = isLogin && location !== undefined ? { location } : {}
    response.writeHead(isLogin ? login : app, headers).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const guarded = 'app behind the proxy'

test('the probe reports a proxy that does not ask Einlass or does not lead to the login', async (t) => {
  const { probe, publicUrl } = await setUp(t)
  const enter = `${publicUrl}/forward-auth/enter?request=a`
  const answers: [number, number, string | undefined, string[]][] = [
    [401, 303, enter, []],
    [200, 303, enter, [`wrong ${guarded}`]],
    [302, 303, enter, [`wrong ${guarded}`]],
    [502, 303, enter, [`wrong ${guarded}`]],
    [403, 303, enter, [`wrong ${guarded}`]],
    [400, 303, enter, [`wrong ${guarded}`]],
    [403, 403, undefined, [`wrong ${guarded}`]],
    [401, 404, undefined, ['wrong way to the login']],
    [401, 401, undefined, ['wrong way to the login']],
    [401, 303, `${publicUrl}/forward-auth/problem?problem=a`, ['wrong way to the login']],
  ]
  for (const [app, login, location, bad] of answers) {
    const url = await startProxy(t, app, login, location)
    const found = await probe('forward-auth', { addresses: [url] })
    assert.deepEqual(found, [...bad, 'unchecked identity headers'], `${app} ${login}`)
  }
})

test('the probe reports a proxy that it could not check, and says whether the proxy was reached', async (t) => {
  const { key, cert } = createCertificate('localhost')
  const secure = createSecureServer({ key, cert }).listen(0, '127.0.0.1')
  const dead = createServer().listen(0, '127.0.0.1')
  await Promise.all([secure, dead].map((one) => once(one, 'listening')))
  t.after(() => secure.close())
  const [securePort, deadPort] = [secure, dead].map((one) => (one.address() as AddressInfo).port)
  await new Promise((resolve) => dead.close(resolve))
  const find = async (address: string) => {
    const app = { settings: { addresses: [address] } }
    const target = { app, publicUrl: 'https://login.example', fetch } as unknown as ProbeTarget
    const [finding] = (await findProtocol(protocols, 'forward-auth').probe?.(target)) ?? []
    assert.equal(finding?.outcome, 'wrong')
    return `${finding?.text} ${finding?.advice}`
  }
  const reached = await find(`https://localhost:${securePort}`)
  assert.match(reached, /signed by itself\. Nothing else of it was checked\. .*NODE_EXTRA_CA_CERTS/)
  assert.doesNotMatch(reached, /can be reached/)
  assert.match(await find(`http://127.0.0.1:${deadPort}`), /nothing listens.* can be reached/)
})

test('the probe distinguishes an untrusted proxy from a proxy that names another address', async (t) => {
  const { publicUrl } = await setUp(t)
  const enter = `${publicUrl}/forward-auth/enter?request=a`
  const advise = async (login: number, location?: string) => {
    const url = await startProxy(t, 403, login, location)
    const settings = { addresses: [url] }
    const target = { app: { settings }, publicUrl, fetch } as unknown as ProbeTarget
    const [finding] = (await findProtocol(protocols, 'forward-auth').probe?.(target)) ?? []
    return finding?.advice ?? ''
  }
  assert.match(await advise(403), /trusted_proxies/)
  assert.match(await advise(303, enter), /The proxy is trusted.*X-Original-URL/)
})
