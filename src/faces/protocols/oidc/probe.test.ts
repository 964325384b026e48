import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { start } from '../../../dev/test-support/oidc-server.ts'
import { makeSigningKeys } from '../../../dev/test-support/signing-app.ts'
import { systemClock } from '../../../platform/kernel/clock.ts'
import { systemRandom } from '../../../platform/kernel/random.ts'
import type { Finding, ProbeTarget } from '../probe.ts'
import { probeOidc } from './probe.ts'

/** An app that answers what is no logout token with `status`. */
async function startApp(t: TestContext, status = 400, asked: string[] = []): Promise<string> {
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    request.resume()
    response.writeHead(request.method === 'POST' ? status : 200).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address at which nothing listens any more. */
async function findDeadAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

async function setUp(t: TestContext, settings: object = {}, status?: number) {
  const server = await start(t)
  const asked: string[] = []
  const url = await startApp(t, status, asked)
  const redirectUris = [`${url}/callback`]
  const all = { redirectUris, backchannelLogoutUri: `${url}/logout`, ...settings }
  await server.apps.create(server.db, { id: 'wiki', name: 'Wiki', settings: all })
  const app = await server.apps.find(server.db, 'wiki')
  assert.ok(app)
  const target = {
    app,
    publicUrl: server.origin,
    appNetworks: ['127.0.0.0/8'],
    fetch,
    clock: systemClock,
    random: systemRandom,
  }
  const probe = async (changes: Partial<ProbeTarget> = {}) =>
    await probeOidc({ ...target, ...changes })
  return { server, app, probe, asked }
}

const listBad = (findings: readonly Finding[]) =>
  findings
    .filter(({ outcome }) => outcome !== 'right')
    .map(({ name, outcome }) => `${outcome} ${name}`)

for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post', 'none']) {
  test(`the probe finds no problem in a correct app with ${tokenEndpointAuthMethod}`, async (t) => {
    const { probe } = await setUp(t, { tokenEndpointAuthMethod })
    const findings = await probe()
    assert.deepEqual(listBad(findings), [])
    const names = findings.map(({ name }) => name)
    for (const name of ['discovery document', 'signing keys', 'login', 'client authentication']) {
      assert.ok(names.includes(name), name)
    }
  })
}

test('the probe says which audience an app with a key has to name, and by which option it may name another', async (t) => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwks = JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] })
  const read = async (settings: object) => {
    const { probe } = await setUp(t, { jwks, ...settings })
    return (await probe()).find(({ name }) => name === 'client authentication')?.text
  }
  assert.match(
    `${await read({})}`,
    /\/oidc as aud, .*app change wiki --assertion-audience endpoint/,
  )
  assert.doesNotMatch(`${await read({ assertionAudience: 'endpoint' })}`, /aud/)
})

test('the probe reports only the server if the server does not answer', async (t) => {
  const { probe } = await setUp(t)
  const [finding, ...others] = await probe({ publicUrl: await findDeadAddress() })
  assert.equal(others.length, 0)
  assert.equal(finding?.outcome, 'wrong')
  assert.match(finding?.text ?? '', /nothing listens at 127\.0\.0\.1:\d+\./)
  assert.match(finding?.advice ?? '', /Does "einlass serve" run/)
})

test('the probe reports a server with another public_url than the command', async (t) => {
  const { probe, server } = await setUp(t)
  const other = server.origin.replace('127.0.0.1', 'localhost')
  const [finding] = await probe({ publicUrl: other })
  assert.match(finding?.text ?? '', /names the issuer "http:\/\/127/)
  assert.match(finding?.advice ?? '', /public_url/)
})

test('the probe reports an app with another secret or another address than the server has', async (t) => {
  const { probe, app } = await setUp(t)
  const secret = await probe({ app: { ...app, clientSecret: 'other' } })
  assert.deepEqual(listBad(secret), ['wrong client authentication'])
  assert.match(secret.find(({ outcome }) => outcome === 'wrong')?.advice ?? '', /--new-secret/)
  const redirectUris = ['http://127.0.0.1:1/other']
  const address = await probe({ app: { ...app, settings: { ...app.settings, redirectUris } } })
  assert.ok(listBad(address).includes('wrong login'))
})

test('the probe judges how an app answers an invalid logout token', async (t) => {
  const outcomes = [
    [200, 'warning back-channel logout'],
    [404, 'wrong back-channel logout'],
    [405, 'wrong back-channel logout'],
  ] as const
  for (const [status, bad] of outcomes) {
    const { probe } = await setUp(t, {}, status)
    assert.deepEqual(listBad(await probe()), [bad])
  }
})

test('the probe warns of a redirect address that does not answer, and finds such a logout address wrong', async (t) => {
  const url = await findDeadAddress()
  const { probe } = await setUp(t, {
    redirectUris: [`${url}/callback`],
    backchannelLogoutUri: `${url}/logout`,
  })
  assert.deepEqual(listBad(await probe()), [
    'warning redirect address',
    'wrong back-channel logout',
  ])
})

test('the probe reports a clock that differs by more than a minute', async (t) => {
  const { probe } = await setUp(t)
  const findings = await probe({ clock: { now: () => Date.now() - 90_000 } })
  assert.deepEqual(listBad(findings), ['wrong clock of the login', 'wrong clock of the app'])
  assert.match(
    findings.find(({ outcome }) => outcome === 'wrong')?.text ?? '',
    /(89|9[01]) seconds ahead/,
  )
})

test('the probe creates no session and shows no secret', async (t) => {
  const { probe, app, server } = await setUp(t)
  const findings = await probe()
  assert.ok(app.clientSecret !== undefined)
  assert.ok(!JSON.stringify(findings).includes(app.clientSecret))
  const sessions = await server.db.selectFrom('sessions').selectAll().execute()
  assert.deepEqual(sessions, [])
})

test('the probe begins a CIBA request without asking a phone, and warns of a rule that prevents approvals', async (t) => {
  const { server, probe, app } = await setUp(t, { ciba: true })
  const findings = await probe({ app: { ...app, policy: { ...app.policy, secondFactor: 'none' } } })
  assert.deepEqual(listBad(findings), [])
  assert.ok(findings.some(({ name }) => name === 'request at a phone'))
  await server.oidc.settled()
  assert.deepEqual(await server.listAudit('oidc_phone_asked'), [])
  const strict = await probe({
    app: { ...app, policy: { ...app.policy, secondFactor: 'required' } },
  })
  assert.deepEqual(listBad(strict), ['warning rule for approvals'])
  await server.apps.change(server.db, app.id, {
    settings: { redirectUris: ['https://a.example/'] },
  })
  const off = await probe({ app: { ...app, policy: { ...app.policy, secondFactor: 'none' } } })
  assert.ok(listBad(off).includes('wrong request at a phone'))
})

test('the probe checks an app without a code flow by the grant type that it has', async (t) => {
  const none = { redirectUris: [], backchannelLogoutUri: undefined }
  const kinds = [
    { grants: ['device_code'] },
    { grants: ['device_code'], tokenEndpointAuthMethod: 'none' },
    { grants: ['client_credentials'] },
    { ciba: true },
  ]
  for (const kind of kinds) {
    const { probe, app } = await setUp(t, { ...none, ...kind })
    const policy = { ...app.policy, secondFactor: 'none' as const }
    assert.deepEqual(listBad(await probe({ app: { ...app, policy } })), [], JSON.stringify(kind))
    if (app.clientSecret === undefined) continue
    const wrong = await probe({ app: { ...app, policy, clientSecret: 'other' } })
    assert.ok(listBad(wrong).includes('wrong client authentication'), JSON.stringify(kind))
  }
})

test('the probe requests only scopes that the app may have', async (t) => {
  for (const scopes of [['profile'], ['groups'], []]) {
    const { probe } = await setUp(t, { scopes })
    assert.deepEqual(listBad(await probe()), [], scopes.join())
  }
})

test('the probe reports a logout address that the server does not call, even if it answers', async (t) => {
  const { probe } = await setUp(t)
  const findings = await probe({ appNetworks: ['10.0.0.0/8'] })
  assert.deepEqual(listBad(findings), ['wrong back-channel logout'])
  const bad = findings.find(({ outcome }) => outcome === 'wrong')
  assert.match(bad?.text ?? '', /127\.0\.0\.1 is not in app_networks/)
})

test('the probe calls no internal network for an app that registered itself and is not adopted', async (t) => {
  const { probe, app, asked } = await setUp(t)
  const registration = { tokenId: 'a', accessHash: 'b', contacts: [] }
  const findings = await probe({ app: { ...app, registration } })
  assert.deepEqual(listBad(findings), ['warning redirect address', 'wrong back-channel logout'])
  assert.deepEqual(asked, [])
  assert.match(findings.map(({ text }) => text).join(), /the app registered itself/)
})

test('a test of an app with a profile sees that the server holds the app to it', async (t) => {
  const { jwks } = makeSigningKeys()
  const { probe, server } = await setUp(t, { profile: 'fapi2', jwks })
  const findings = await probe()
  assert.deepEqual(listBad(findings), [])
  const texts = findings.filter(({ name }) => name === 'profile fapi2').map(({ text }) => text)
  assert.match(texts.join('\n'), /bound to its key \(DPoP\)[\s\S]*not pushed is refused/)
  // A server that knows no profile.
  const settings = { redirectUris: [`${server.origin}/callback`] }
  await server.apps.change(server.db, 'wiki', { settings })
  assert.deepEqual(listBad(await probe()), ['wrong profile fapi2'])
})

test('a test of an app that signs all its requests begins no login without a signature', async (t) => {
  const { jwks } = makeSigningKeys()
  const { probe } = await setUp(t, { jwks, signedRequests: true })
  const findings = await probe()
  assert.deepEqual(listBad(findings), [])
  const login = findings.find(({ name }) => name === 'login')
  assert.match(login?.text ?? '', /it alone has the key/)
})
