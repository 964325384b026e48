// What is answered directly is what the library would have answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Answered,
  type Asked,
  ask,
  basic,
  bearer,
  enter,
  makeCode,
  offline,
  type Scene,
} from '../../../../dev/test-support/oidc-answers.ts'
import {
  type RelyingParty,
  signInOn,
  startSignedIn,
  startTestServer,
} from '../../../../dev/test-support/oidc-server.ts'
import { onEachEngine } from '../../../../dev/test-support/on-each-engine.ts'
import { readJwt } from '../../../../dev/test-support/read-jwt.ts'
import { hashRecordId } from '../record-ids.ts'

/** Without what differs from one token to the next. */
function compareTokens({ body: { access_token, refresh_token, id_token, ...rest } }: Answered) {
  const { header, payload } = readJwt(`${id_token}`)
  const { iat: _, exp: __, nonce, ...said } = payload
  const lengths = [access_token, refresh_token].map((token) => `${token ?? ''}`.length)
  return { ...rest, lengths, header, said, hasNonce: nonce !== undefined }
}

async function readStored({ server }: Scene, token: unknown) {
  const rows = await server.db.selectFrom('oidc_records').selectAll().execute()
  const row = rows.find(({ id }) => id === hashRecordId(`${token}`)) ?? assert.fail('not stored')
  const { payload, id: _, grant_id, expires_at, ...columns } = row
  const { iat, exp, grantId, iiat, ...content } = JSON.parse(payload)
  const lifetime = Math.round(((expires_at ?? 0) / 1000 - exp) / 10)
  return {
    ...columns,
    content,
    times: [typeof iat, typeof iiat, Math.round((exp - iat) / 10)],
    lifetime,
    grantId,
    grant_id,
  }
}

const withoutGrant = ({ grantId, grant_id, ...rest }: Awaited<ReturnType<typeof readStored>>) => {
  assert.ok(grantId && grant_id)
  return rest
}

const kinds = {
  mail: {},
  public: { tokenEndpointAuthMethod: 'none' },
  curve: { signingAlgorithm: 'ES256' },
  mapped: { claims: { email: 'username', department: 'attribute:department', roles: 'groups' } },
  narrow: { scopes: ['profile'] },
} as const

async function addApps({ server }: Scene) {
  const apps: Record<string, RelyingParty> = {}
  for (const [id, more] of Object.entries(kinds)) {
    const settings = { redirectUris: [`http://127.0.0.1:1/${id}`], ...more }
    apps[id] = await server.addApp({ id, settings })
  }
  return apps
}

/** What proves an app, in the header or in the form. */
const proofs = (app: RelyingParty) => {
  const { clientSecret: secret } = app
  if (secret === undefined) return [{ headers: {}, fields: [['client_id', app.clientId]] }]
  const inForm = [
    ['client_id', app.clientId],
    ['client_secret', secret],
  ]
  return [
    { headers: basic(app), fields: [] },
    { headers: basic(app), fields: [['client_id', app.clientId]] },
    { headers: {}, fields: inForm },
  ] as { headers: Record<string, string>; fields: [string, string][] }[]
}

onEachEngine((engine) => {
  test(`direct tokens and their records are equal to those of the library (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const scene = await signInOn(await startTestServer(t, database))
    for (const app of Object.values(await addApps(scene))) {
      const wished =
        app.clientId === 'narrow' ? { ...offline, scope: 'openid profile offline_access' } : offline
      const makers = [
        () => makeCode(scene, app, wished),
        () => makeCode(scene, app, { scope: 'openid profile' }),
        async () => {
          const { refresh_token = '' } = await app.signIn(scene.browser, wished)
          return [
            ['grant_type', 'refresh_token'],
            ['refresh_token', refresh_token],
          ] as const
        },
      ]
      for (const { headers, fields } of proofs(app).slice(0, app.clientId === 'mail' ? 3 : 1)) {
        for (const make of makers) {
          const answers: Answered[] = []
          for (const by of ['direct', 'library'] as const) {
            const form = [...(await make()), ...(fields as [string, string][])]
            const answer = await ask(scene, { path: '/token', headers, form }, by)
            assert.equal(answer.status, 200, JSON.stringify(answer))
            assert.equal(answer.by, by)
            answers.push(answer)
          }
          const [direct, library] = answers as [Answered, Answered]
          assert.deepEqual(compareTokens(direct), compareTokens(library))
          assert.deepEqual(direct.headers, library.headers)
          for (const name of ['access_token', 'refresh_token']) {
            if (direct.body[name] === undefined) continue
            const stored = await readStored(scene, direct.body[name])
            assert.deepEqual(
              withoutGrant(stored),
              withoutGrant(await readStored(scene, library.body[name])),
            )
          }
        }
      }
    }
  })

  test(`direct codes and their records are equal to those of the library (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const scene = await signInOn(await startTestServer(t, database))
    const { server } = scene
    for (const app of Object.values(await addApps(scene))) {
      for (const scope of ['openid', 'profile openid']) {
        const { url } = await app.begin({ scope, state: 'a b/c=+', redirect_uri: app.redirectUri })
        const [direct, library] = [
          await enter(scene, url, 'direct'),
          await enter(scene, url, 'library'),
        ]
        assert.deepEqual([direct.by, library.by], ['direct', 'library'])
        const codes = [direct, library].map(({ location }) => location.searchParams.get('code'))
        for (const { location } of [direct, library]) {
          assert.equal(location.searchParams.get('code')?.length, 43)
          location.searchParams.set('code', '')
        }
        assert.equal(direct.location.href, library.location.href)
        assert.deepEqual([direct.status, direct.headers], [library.status, library.headers])
        const [one, other] = await Promise.all(codes.map((code) => readStored(scene, code)))
        assert.deepEqual(one && withoutGrant(one), other && withoutGrant(other))
        const grants = await Promise.all(
          [one, other].map((made) => readStored(scene, made?.grantId)),
        )
        const [first, second] = grants.map(({ grant_id: _, ...rest }) => rest)
        assert.deepEqual(first, second)
      }
    }
    const entered = await server.db.selectFrom('participants').select('app_id').execute()
    assert.equal(entered.length, Object.keys(kinds).length)
    const events = await server.db
      .selectFrom('audit_events')
      .select('type')
      .where('type', '=', 'oidc_signed_in')
      .execute()
    assert.equal(events.length, Object.keys(kinds).length * 4)
  })

  test(`direct answers about a token are equal to those of the library (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const scene = await signInOn(await startTestServer(t, database))
    const apps = await addApps(scene)
    const api = await scene.server.addApp({
      id: 'api',
      settings: { redirectUris: ['http://127.0.0.1:1/api'], introspects: true },
    })
    for (const app of Object.values(apps)) {
      for (const scope of [
        'openid',
        'openid profile',
        'profile openid email groups',
        'openid phone address',
      ]) {
        if (app.clientId === 'narrow' && scope.length > 14) continue
        const { access_token } = await app.signIn(scene.browser, { scope })
        const form = [['token', access_token]] as const
        const asked: Asked[] = [
          { path: '/me', headers: bearer(access_token) },
          { path: '/token/introspection', headers: basic(api), form },
          {
            path: '/token/introspection',
            headers: basic(api),
            form: [...form, ['token_type_hint', 'access_token']],
          },
        ]
        if (app.clientId !== 'public') {
          asked.push({ path: '/token/introspection', headers: basic(app), form })
        }
        for (const request of asked) {
          const direct = await ask(scene, request, 'direct')
          const library = await ask(scene, request, 'library')
          assert.equal(direct.by, 'direct', JSON.stringify({ request, direct }))
          assert.deepEqual({ ...direct, by: 'library' }, library)
        }
      }
    }
  })
})

test('A33: a scope that an app loses has no effect in issued tokens, and works again when the app gets it back', async (t) => {
  const scene = await startSignedIn(t)
  const { apps, db } = scene.server
  const settings = { redirectUris: ['http://127.0.0.1:1/mail'] }
  const mail = await scene.server.addApp({ id: 'mail', settings })
  const claims = JSON.stringify({ userinfo: { email: null } })
  const requested = await mail.signIn(scene.browser, { scope: 'openid profile', claims })
  const held = []
  for (const by of ['direct', 'library'] as const) {
    held.push({ by, tokens: await mail.signIn(scene.browser, offline) })
  }
  const show = async (token: string, by: 'direct' | 'library') => {
    const form = [['token', token]] as const
    const asked = { path: '/token/introspection', headers: basic(mail), form } as const
    const { body: worth } = await ask(scene, asked, by)
    const me = await ask(scene, { path: '/me', headers: bearer(token) }, by)
    return { worth, me, scope: `${worth.scope}`.split(' ').sort().join(' ') }
  }
  const narrow = 'offline_access openid profile'
  await apps.change(db, 'mail', { settings: { ...settings, scopes: ['profile'] } })
  for (const { by, tokens } of held) {
    const before = await show(tokens.access_token, by)
    assert.deepEqual([before.me.by, before.scope], [by, narrow])
    assert.ok(before.me.body.name)
    assert.deepEqual([before.me.body.email, before.me.body.groups], [undefined, undefined])
    const form = [
      ['grant_type', 'refresh_token'],
      ['refresh_token', `${tokens.refresh_token}`],
    ] as const
    const fresh = await ask(scene, { path: '/token', headers: basic(mail), form }, by)
    assert.equal(fresh.by, by)
    const { payload } = readJwt(`${fresh.body.id_token}`)
    assert.deepEqual([payload.email, payload.groups], [undefined, undefined])
    assert.equal(`${fresh.body.scope}`.split(' ').sort().join(' '), narrow)
    const after = await show(`${fresh.body.access_token}`, by)
    assert.deepEqual([after.scope, after.me.body.email], [narrow, undefined])
  }
  const one = await show(requested.access_token, 'library')
  assert.equal(one.me.body.email, undefined)
  await apps.change(db, 'mail', { settings })
  const again = await show(requested.access_token, 'library')
  assert.ok(again.me.body.email)
})

const specialApps = {
  'bound to a key': { requireDpop: true },
  'bound to a certificate': { certificateBoundTokens: true },
  'with pairwise subjects': { subjectType: 'pairwise' },
  'with signed answers': { signedUserinfo: 'ES256' },
  'with an API': { resources: { 'https://api.example': 'read' }, jwtAccessTokens: true },
} as const

for (const [name, more] of Object.entries(specialApps)) {
  test(`the requests of an app ${name} are left to the library`, async (t) => {
    const scene = await startSignedIn(t)
    const settings = { redirectUris: ['http://127.0.0.1:1/special'], ...more }
    const app = await scene.server.addApp({ id: 'special', settings })
    const headers = basic(app)
    const redeemed = await ask(
      scene,
      { path: '/token', headers, form: await makeCode(scene, app, { scope: 'openid' }) },
      'direct',
    )
    assert.equal(redeemed.by, 'library')
    const token = `${redeemed.body.access_token ?? 'x'.repeat(43)}`
    const asked: Asked[] = [{ path: '/token/introspection', headers, form: [['token', token]] }]
    for (const request of asked) assert.equal((await ask(scene, request, 'direct')).by, 'library')
    const response = await fetch(`${scene.server.origin}/oidc/me`, { headers: bearer(token) })
    assert.ok(response.headers.has('access-control-allow-origin'))
  })
}
