import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { decodeJwt } from 'jose'
import type { Adapter } from 'oidc-provider'
import { createBrowser } from '../../../dev/test-support/oidc-browser.ts'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'
import { openSigningApp } from '../../../dev/test-support/signing-app.ts'
import {
  bindSessions,
  Check,
  describeGrant,
  findCurrentContext,
  findLogoutClient,
  InvalidGrant,
  InvalidRequest,
  includeOwnClaims,
  includeSidAlways,
  isSignedRequest,
  type KoaContextWithOIDC,
  LoginRequired,
  nameGrant,
  nameRefreshTokens,
  Prompt,
  Provider,
  readLogoutSecret,
  renameSession,
  replaceAddressMatch,
  replaceFormPost,
  replaceKeys,
  SessionNotFound,
  TemporarilyUnavailable,
} from './library.ts'

const app = {
  client_id: 'mail',
  client_secret: 'secret',
  redirect_uris: ['https://mail.example/callback'],
}

function createProvider(client: object = {}) {
  return new Provider('https://login.example/oidc', {
    clients: [{ ...app, ...client }],
    features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
    // The library's own refuses addresses of this machine.
    fetch: (url, { method, headers, body }: RequestInit = {}) =>
      fetch(url, { method, headers, body } as RequestInit),
  })
}

async function listen(t: TestContext, server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the imported errors of the library have the error codes of OAuth', () => {
  assert.equal(new InvalidGrant('why').error, 'invalid_grant')
  assert.equal(new InvalidRequest('why').error, 'invalid_request')
  assert.equal(new LoginRequired('why').error, 'login_required')
  assert.equal(new TemporarilyUnavailable('why').error, 'temporarily_unavailable')
  assert.equal(new SessionNotFound('why').error, 'invalid_request')
})

test('a prompt of the library has the check that it was given', () => {
  const check = new Check('reason', 'description', 'login_required', () => true)
  const prompt = new Prompt({ name: 'login', requestable: true }, () => ({ since: 1 }), check)
  assert.equal(prompt.name, 'login')
  // The first one is the library's own: whether the request names this prompt.
  assert.equal(prompt.checks.at(-1), check)
})

test('the form_post handler of the library can be replaced', () => {
  const provider = createProvider()
  assert.doesNotThrow(() => replaceFormPost(provider, async () => {}))
})

test('the handler that replaces that of the library answers with form_post', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await mail.begin({ response_mode: 'form_post' })
  const { response } = await browser.open(url, 'stop')
  const form = (await response?.json()) as { action: string; fields: Record<string, string> }
  assert.equal(form.action, mail.redirectUri)
  assert.ok(form.fields.code)
})

test('the handler that replaces that of the library also posts signed answers', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const { url } = await mail.begin({ response_mode: 'form_post.jwt' })
  const { response } = await browser.open(url, 'stop')
  const form = (await response?.json()) as { action: string; fields: Record<string, string> }
  assert.equal(form.action, mail.redirectUri)
  assert.equal(decodeJwt(form.fields.response ?? '').aud, 'mail')
})

test('the library marks a request whose signature it has verified', async (t) => {
  const app = await openSigningApp(t)
  const seen: boolean[] = []
  const { prototype } = Provider
  const { emit } = prototype
  t.mock.method(prototype, 'emit', function noted(this: Provider, name: string, ...of: unknown[]) {
    const [ctx] = of as [KoaContextWithOIDC]
    if (name === 'pushed_authorization_request.success') seen.push(isSignedRequest(ctx))
    return Reflect.apply(emit, this, [name, ...of])
  })
  const request = await app.sign()
  const { iss, aud, iat, nbf, exp, jti, ...plain } = decodeJwt(request)
  for (const fields of [{ request }, plain as Record<string, string>]) {
    assert.equal((await app.push(fields)).status, 201)
  }
  assert.deepEqual(seen, [true, false])
})

test('the library publishes the keys that it is given while it runs, without their private parts', async (t) => {
  const provider = createProvider()
  const address = await listen(t, createServer(provider.callback()))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'next', alg: 'ES256', use: 'sig' }
  replaceKeys(provider, [key])
  const { keys } = (await (await fetch(`${address}/jwks`)).json()) as { keys: { kid: string }[] }
  assert.deepEqual(keys, [
    { kty: 'EC', use: 'sig', kid: 'next', alg: 'ES256', crv: 'P-256', x: key.x, y: key.y },
  ])
})

test('the given function compares the redirect URIs of a client', async () => {
  const provider = createProvider()
  const client = (await provider.Client.find('mail')) ?? assert.fail('no client')
  assert.ok(client.redirectUriAllowed('https://mail.example/callback'))
  replaceAddressMatch(provider, (_, registered, asked) => asked === `${registered[0]}/other`)
  assert.ok(!client.redirectUriAllowed('https://mail.example/callback'))
  assert.ok(client.redirectUriAllowed('https://mail.example/callback/other'))
  assert.ok(!client.postLogoutRedirectUriAllowed('https://mail.example/callback/other'))
})

test('the hook that binds a library session runs after its cookie was read', async () => {
  const provider = createProvider()
  const requests: unknown[] = []
  bindSessions(provider, async (request, session) => {
    requests.push(request.url)
    session.uid = 'ses_1'
  })
  const req = new IncomingMessage(new Socket())
  req.url = '/auth'
  const session = await provider.Session.get(provider.createContext(req, new ServerResponse(req)))
  assert.deepEqual([session.uid, requests], ['ses_1', ['/auth']])
})

test('a client includes the session id only after includeSidAlways', async () => {
  const provider = createProvider()
  const client = await provider.Client.find('mail')
  assert.ok(client)
  assert.ok(!client.includeSid(), 'the library says it by itself now: includeSidAlways can go')
  includeSidAlways(provider)
  assert.equal(client.includeSid(), true)
})

test('a refresh token gets the given id, or one of the library', () => {
  const provider = createProvider()
  let next: string | undefined = 'x'.repeat(43)
  nameRefreshTokens(provider, () => next)
  const make = () =>
    new provider.RefreshToken({} as never) as unknown as { generateTokenId(): string }
  assert.equal(make().generateTokenId(), next)
  next = undefined
  assert.match(make().generateTokenId(), /^[\w-]{43}$/)
})

test('a logout token is sent to the address of its app, with the session id', async (t) => {
  const bodies: string[] = []
  const receiver = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    bodies.push(body)
    res.end()
  })
  const address = await listen(t, receiver)
  const provider = createProvider()
  for (const id of ['mail', 'gone']) assert.equal(await findLogoutClient(provider, id), undefined)
  const receiving = createProvider({
    backchannel_logout_uri: address,
    backchannel_logout_session_required: true,
  })
  await (await findLogoutClient(receiving, 'mail'))?.backchannelLogout('usr_1', 'sid_1')
  const token = new URLSearchParams(bodies[0]).get('logout_token') ?? ''
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  assert.equal(claims.sid, 'sid_1')
  assert.equal(claims.sub, 'usr_1')
})

test('findCurrentContext finds the request that is being served, and nothing outside of a request', async (t) => {
  const seen: (string | undefined)[] = []
  const find = async () => {
    seen.push(findCurrentContext()?.url)
    return undefined
  }
  const provider = new Provider('https://login.example/oidc', {
    adapter: () => ({ find }) as unknown as Adapter,
    features: { devInteractions: { enabled: false } },
  })
  const address = await listen(t, createServer(provider.callback()))
  await (await fetch(`${address}/auth?client_id=mail`)).body?.cancel()
  assert.deepEqual([...new Set(seen)], ['/auth?client_id=mail'])
  assert.equal(findCurrentContext(), undefined)
})

test('the logout form has a secret, and readLogoutSecret reads the secret from the session', async (t) => {
  const { server, browser } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  await mail.signIn(browser)
  const response = await browser.fetch(`${server.oidc.issuer}/session/end`)
  const { fields } = (await response.json()) as { fields: Record<string, string> }
  assert.match(fields.xsrf ?? '', /^\S{20,}$/)
  assert.equal(readLogoutSecret({ oidc: { session: { state: { secret: 's' } } } } as never), 's')
  const without = await createBrowser().fetch(`${server.oidc.issuer}/session/end`)
  assert.equal(without.status, 303)
})

test('a library session gets the given uid, and a grant is saved with the given id', async () => {
  const provider = createProvider()
  const session = new provider.Session()
  renameSession({ oidc: { session } } as unknown as KoaContextWithOIDC, 'ses_1')
  assert.equal(session.uid, 'ses_1')
  session.sidFor('mail', 'sid_1')
  assert.equal(session.sidFor('mail'), 'sid_1')
  const grant = new provider.Grant({ clientId: 'mail', accountId: 'usr_1' })
  nameGrant(grant, 'ses_1~secret')
  assert.equal(await grant.save(), 'ses_1~secret')
})

test('a described grant is what the library would store', async () => {
  const provider = createProvider()
  const stored: unknown[] = []
  Object.defineProperty(provider.Grant.prototype, 'adapter', {
    value: { upsert: async (...saved: unknown[]) => void stored.push(...saved) },
  })
  const make = () => {
    const grant = new provider.Grant({ clientId: 'mail', accountId: 'usr_1' })
    grant.addOIDCScope('openid profile')
    return Object.assign(grant, { iat: 1_800_000_000, exp: 4_000_000_000 })
  }
  const { payload, expiresIn } = await describeGrant(make(), 'ses_1~secret')
  const saved = make()
  nameGrant(saved, 'ses_1~secret')
  await saved.save()
  assert.deepEqual(['ses_1~secret', payload], stored.slice(0, 2))
  assert.ok(Math.abs(expiresIn - Number(stored[2])) <= 1)
})

test('includeOwnClaims adds claims that are not in the configuration', async () => {
  const provider = createProvider()
  const own = Symbol('own')
  includeOwnClaims(provider, own)
  const { Claims } = provider as unknown as {
    Claims: new (available: object, of: { client: unknown }) => { result(): Promise<object> }
  }
  const found = await provider.Client.find('mail')
  const available = { sub: 'usr_a', secret: 'x', [own]: { upn: 'erika' } }
  assert.deepEqual(await new Claims(available, { client: found }).result(), { upn: 'erika' })
})
