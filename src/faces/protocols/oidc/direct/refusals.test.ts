// The library refuses what is wrong, and the side effects of the refusal happen too.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import fc from 'fast-check'
import * as client from 'openid-client'
import {
  type Asked,
  ask,
  askBoth,
  basic,
  bearer,
  enter,
  makeCode,
  makeRefresh,
  offline,
} from '../../../../dev/test-support/oidc-answers.ts'
import { createBrowser } from '../../../../dev/test-support/oidc-browser.ts'
import { startSignedIn } from '../../../../dev/test-support/oidc-server.ts'

test('the library answers every request that is refused, with its own error', async (t) => {
  const scene = await startSignedIn(t)
  const { server, browser, erika } = scene
  const mail = await server.addApp({ id: 'mail' })
  const wiki = await server.addApp({ id: 'wiki' })
  const headers = basic(mail)
  const token = async () => (await mail.signIn(browser, offline)).access_token
  const change = (fields: readonly (readonly [string, string])[], name: string, value: string) =>
    fields.map(([key, old]) => [key, key === name ? value : old] as const)
  const spent = await makeCode(scene, mail)
  await ask(scene, { path: '/token', headers, form: spent }, 'direct')
  const requests: Record<string, () => Promise<Asked>> = {
    'no such token': async () => ({ path: '/me', headers: bearer('x'.repeat(43)) }),
    'a refresh token as access token': async () => {
      const { refresh_token = '' } = await mail.signIn(browser, offline)
      return { path: '/me', headers: bearer(refresh_token) }
    },
    'a wrong secret': async () => ({
      path: '/token',
      headers: basic(mail, 'wrong'),
      form: await makeCode(scene, mail),
    }),
    'a secret with too much padding': async () => ({
      path: '/token',
      headers: { authorization: `${basic(mail).authorization.replace(/=*$/, '')}====` },
      form: await makeCode(scene, mail),
    }),
    'no secret': async () => ({
      path: '/token',
      headers: {},
      form: [...(await makeCode(scene, mail)), ['client_id', 'mail']],
    }),
    'the secret twice': async () => ({
      path: '/token',
      headers,
      form: [...(await makeCode(scene, mail)), ['client_secret', 'x']],
    }),
    'another client_id beside the header': async () => ({
      path: '/token',
      headers,
      form: [...(await makeCode(scene, mail)), ['client_id', 'wiki']],
    }),
    'the code of another app': async () => ({
      path: '/token',
      headers: basic(wiki),
      form: await makeCode(scene, mail),
    }),
    'the refresh token of another app': async () => ({
      path: '/token',
      headers: basic(wiki),
      form: await makeRefresh(scene, mail),
    }),
    'a wrong verifier': async () => ({
      path: '/token',
      headers,
      form: change(await makeCode(scene, mail), 'code_verifier', 'v'.repeat(43)),
    }),
    'no verifier': async () => ({
      path: '/token',
      headers,
      form: (await makeCode(scene, mail)).filter(([name]) => name !== 'code_verifier'),
    }),
    'another address': async () => ({
      path: '/token',
      headers,
      form: change(await makeCode(scene, mail), 'redirect_uri', 'http://127.0.0.1:1/other'),
    }),
    'a spent code': async () => ({ path: '/token', headers, form: spent }),
    'a code as refresh token': async () => ({
      path: '/token',
      headers,
      form: [
        ['grant_type', 'refresh_token'],
        ['refresh_token', (await makeCode(scene, mail))[1][1]],
      ],
    }),
    'the token of another app, asked by one that is no API': async () => ({
      path: '/token/introspection',
      headers: basic(wiki),
      form: [['token', await token()]],
    }),
    'a public app that asks': async () => ({
      path: '/token/introspection',
      headers: {},
      form: [
        ['token', await token()],
        ['client_id', 'mail'],
      ],
    }),
  }
  for (const [name, make] of Object.entries(requests)) {
    const { direct, library } = await askBoth(scene, make)
    assert.equal(direct.by, 'library', name)
    assert.deepEqual(direct, library, name)
    assert.ok(direct.status >= 400 || direct.body.active === false, name)
  }
  const old = await token()
  await server.users.disable(server.db, erika.id)
  const { direct, library } = await askBoth(scene, async () => ({
    path: '/me',
    headers: bearer(old),
  }))
  assert.deepEqual([direct.status, direct.by], [401, 'library'])
  assert.deepEqual(direct, library)
})

test('a request with a question for the user, or with special parameters, is left to the library', async (t) => {
  const scene = await startSignedIn(t)
  const { server } = scene
  const mail = await server.addApp({ id: 'mail' })
  const strict = await server.addApp({ id: 'strict', policy: { secondFactor: 'required' } })
  const narrow = await server.addApp({
    id: 'narrow',
    settings: { redirectUris: ['http://127.0.0.1:1/narrow'], scopes: ['email'] },
  })
  const pushed = await server.addApp({
    id: 'pushed',
    settings: { redirectUris: ['http://127.0.0.1:1/pushed'], requirePar: true },
  })
  const closed = await server.addApp({
    id: 'closed',
    policy: { secondFactor: 'none', allowedGroups: ['Sales'] },
  })
  const requests = [
    ...[{ prompt: 'login' }, { prompt: 'none' }, { prompt: 'select_account' }, { max_age: '0' }],
    ...[{ scope: 'openid offline_access' }, { scope: 'profile' }, { scope: 'openid openid' }],
    ...[{ acr_values: 'urn:x' }, { claims: '{}' }, { login_hint: 'max' }, { ui_locales: 'de' }],
    ...[{ response_mode: 'form_post' }, { response_type: 'id_token' }, { nonce: 'n'.repeat(1025) }],
    ...[{ redirect_uri: `${mail.redirectUri}/` }, { redirect_uri: 'https://evil.example/' }],
    ...[{ code_challenge_method: 'plain' }, { code_challenge: 'short' }, { client_id: 'nobody' }],
    ...[{ state: '' }, { state: 'ä' }, { resource: 'https://api.example' }, { id_token_hint: 'x' }],
  ]
  const begun = [
    ...(await Promise.all(
      requests.map((request) => mail.begin(request as Record<string, string>)),
    )),
    ...(await Promise.all([strict, narrow, pushed, closed].map((app) => app.begin()))),
  ]
  const issued = () =>
    server.db
      .selectFrom('oidc_records')
      .select('id')
      .where('model', '=', 'AuthorizationCode')
      .execute()
  for (const { url } of begun) {
    const [direct, library] = [
      await enter(scene, url, 'direct'),
      await enter(scene, url, 'library'),
    ]
    const place = ({ location }: typeof direct) => [
      location.origin + location.pathname.replace(/[^/]{30,}/, ''),
      location.searchParams.get('error'),
      location.searchParams.has('code'),
    ]
    assert.deepEqual([direct.status, place(direct)], [library.status, place(library)], url.search)
    assert.ok(direct.by === 'library' || direct.status >= 400, url.search)
  }
  const before = (await issued()).length
  const twice = new URL((await mail.begin()).url)
  twice.searchParams.append('redirect_uri', 'https://evil.example/')
  const { location } = await enter(scene, twice, 'direct')
  assert.equal(location.searchParams.get('error'), 'invalid_request')
  assert.ok(location.href.startsWith(mail.redirectUri))
  const unknown = await mail.begin()
  const login = await enter({ browser: createBrowser() }, unknown.url, 'direct')
  assert.match(login.location.pathname, /^\/sso\/oidc\//)
  assert.equal((await issued()).length, before)
})

test('A33: of simultaneous direct uses of a code one succeeds, of a refresh token two, and the tokens are revoked', async (t) => {
  const scene = await startSignedIn(t)
  const mail = await scene.server.addApp({ id: 'mail' })
  const settings = {
    redirectUris: ['http://127.0.0.1:1/spa'],
    tokenEndpointAuthMethod: 'none' as const,
  }
  const spa = await scene.server.addApp({ id: 'spa', settings })
  const own = [['client_id', 'spa']] as const
  const makers: [number, () => Promise<Asked>][] = [
    [
      1,
      async () => ({
        ...{ path: '/token', headers: basic(mail) },
        form: await makeCode(scene, mail, offline),
      }),
    ],
    [
      2,
      async () => ({
        path: '/token',
        headers: {},
        form: [...own, ...(await makeRefresh(scene, spa))],
      }),
    ],
  ]
  for (const [most, make] of makers) {
    const request = await make()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask(scene, request, 'direct')),
    )
    const given = answers.filter(({ status }) => status === 200)
    assert.ok(given.length >= 1 && given.length <= most)
    assert.equal(new Set(given.map(({ body }) => body.refresh_token)).size, 1)
    for (const { status, body } of answers) {
      if (status !== 200) assert.equal(body.error, 'invalid_grant')
    }
    // The others showed that it is in other hands, so what it gave is revoked.
    for (const { body } of given) {
      const me = { path: '/me', headers: bearer(`${body.access_token}`) } as const
      assert.equal((await ask(scene, me, 'direct')).status, 401)
    }
  }
})

test('a direct refresh asks the gate and is activity of the session', async (t) => {
  const scene = await startSignedIn(t)
  const { server, browser, login } = scene
  const mail = await server.addApp({ id: 'mail' })
  const before = { last_seen_at: 1 + Date.now() - 30 * 60_000 }
  await server.db.updateTable('sessions').set(before).where('id', '=', login).execute()
  const refresh = { path: '/token', headers: basic(mail) } as const
  const form = await makeRefresh(scene, mail)
  await server.db.updateTable('sessions').set(before).where('id', '=', login).execute()
  assert.equal((await ask(scene, { ...refresh, form }, 'direct')).by, 'direct')
  await server.sessions.settled()
  const { last_seen_at } = await server.db
    .selectFrom('sessions')
    .select('last_seen_at')
    .where('id', '=', login)
    .executeTakeFirstOrThrow()
  assert.ok(last_seen_at > Date.now() - 60_000)
  const second = await makeRefresh(scene, mail)
  await server.apps.change(server.db, 'mail', {
    policy: { secondFactor: 'none', allowedGroups: ['Sales'] },
  })
  const refused = await ask(scene, { ...refresh, form: second }, 'direct')
  assert.deepEqual(
    [refused.status, refused.body.error, refused.by],
    [400, 'invalid_grant', 'library'],
  )
  assert.ok(browser)
})

test('a request with random changes gets the same answer as from the library', async (t) => {
  const scene = await startSignedIn(t)
  const mail = await scene.server.addApp({ id: 'mail' })
  const texts = fc.constantFrom(
    '',
    'x',
    'mail',
    '%00',
    'ä',
    'a'.repeat(43),
    'refresh_token',
    'S256',
    '+',
    '%',
  )
  const names = fc.constantFrom(
    ...['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id', 'client_secret'],
    ...['refresh_token', 'token', 'token_type_hint', 'scope', 'resource', 'audience'],
  )
  const changes = fc.array(
    fc.record({ does: fc.constantFrom('set', 'add', 'drop'), name: names, text: texts }),
    { minLength: 1, maxLength: 2 },
  )
  type Fields = [string, string][]
  const apply = (fields: Fields, all: { does: string; name: string; text: string }[]): Fields => {
    let now = fields
    for (const { does, name, text } of all) {
      if (does === 'add') now = [...now, [name, text]]
      else if (does === 'drop') now = now.filter(([key]) => key !== name)
      else now = now.map(([key, old]) => [key, key === name ? text : old])
    }
    return now
  }
  const kind = fc.constantFrom('code', 'refresh', 'introspection')
  await fc.assert(
    fc.asyncProperty(kind, changes, async (of, all) => {
      const make = async (): Promise<Asked> => {
        if (of === 'introspection') {
          const { access_token } = await mail.signIn(scene.browser)
          const form = apply([['token', access_token]], all)
          return { path: '/token/introspection', headers: basic(mail), form }
        }
        const made = of === 'code' ? await makeCode(scene, mail) : await makeRefresh(scene, mail)
        return { path: '/token', headers: basic(mail), form: apply(made as unknown as Fields, all) }
      }
      const { direct, library } = await askBoth(scene, make)
      assert.equal(direct.status, library.status, JSON.stringify({ direct, library }))
      assert.deepEqual(Object.keys(direct.body).sort(), Object.keys(library.body).sort())
      assert.equal(direct.body.error, library.body.error)
    }),
    { numRuns: 60, endOnFailure: true },
  )
})

test('the library reads a body that arrives in parts, and an incomplete body does no harm', async (t) => {
  const scene = await startSignedIn(t)
  const { server, browser, erika } = scene
  const mail = await server.addApp({ id: 'mail' })
  const form = new URLSearchParams(
    (await makeCode(scene, mail)) as unknown as string[][],
  ).toString()
  const { hostname, port } = new URL(server.origin)
  const head = [
    'POST /oidc/token HTTP/1.1',
    `Host: ${hostname}:${port}`,
    `Authorization: ${basic(mail).authorization}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${form.length}`,
    'Connection: close',
    '\r\n',
  ].join('\r\n')
  const begin = async () => {
    const socket = connect(Number(port), hostname)
    socket.write(head + form.slice(0, 20))
    await once(socket, 'ready')
    await new Promise((resolve) => setTimeout(resolve, 50))
    return socket
  }
  const broken = await begin()
  broken.destroy()
  await once(broken, 'close')
  const socket = await begin()
  socket.write(form.slice(20))
  assert.match(await text(socket), /^HTTP\/1.1 200 OK\r\n.*"access_token"/s)
  const { access_token } = await mail.signIn(browser)
  await client.fetchUserInfo(mail.config, access_token, erika.id)
})
