import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import * as client from 'openid-client'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'
import { acrNumber, acrPassword, acrPossession } from '../../../identity/policy/assurance.ts'
import { addToGroup } from '../../../identity/users/groups.ts'
import { changeAttributes } from '../../../identity/users/local/attributes.ts'
import { claimsSchema } from './claims.ts'
import { listAllowedClaims, nameReachedLevel, readRequestedLogin } from './requested-claims.ts'

const attributes = new Map([
  ['givenName', ['Erika']],
  ['familyName', ['Muster']],
  ['phone', ['+49 30 1234567']],
  ['street', ['Heidestraße 17']],
  ['postalCode', ['51147']],
  ['locality', ['Köln']],
  ['costCenter', ['4711', '4712']],
  ['groupSids', ['S-1-5-32-545']],
])

/** Erika with attributes and groups, logged in. */
async function startWithAttributes(t: TestContext, settings: object = {}) {
  const { server, erika, browser } = await startSignedIn(t)
  await changeAttributes(server.db, erika.id, attributes)
  await addToGroup(server.db, erika.id, 'staff')
  const redirectUris = ['http://127.0.0.1:1/mail']
  const mail = await server.addApp({ id: 'mail', settings: { redirectUris, ...settings } })
  /** What the ID token and the userinfo endpoint say of the person; both must say the same. */
  const learn = async (scope: string, extra: Record<string, string> = {}) => {
    const tokens = await mail.signIn(browser, { scope, ...extra })
    const info = await client.fetchUserInfo(mail.config, tokens.access_token, erika.id)
    return { info, idToken: tokens.claims() ?? assert.fail('no ID token') }
  }
  return { server, erika, browser, mail, learn }
}

const ofToken = new Set('iss sub aud exp iat nonce acr amr auth_time at_hash sid'.split(' '))

function leaveToken(claims: object): object {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !ofToken.has(name)))
}

test('each scope gives its claims and no others, in the ID token and at the userinfo endpoint', async (t) => {
  const { learn } = await startWithAttributes(t)
  const expected = {
    openid: {},
    'openid profile': {
      name: 'erika Muster',
      preferred_username: 'erika',
      given_name: 'Erika',
      family_name: 'Muster',
    },
    'openid email': { email: 'erika@x.test', email_verified: true },
    'openid phone': { phone_number: '+49 30 1234567', phone_number_verified: true },
    'openid groups': { groups: ['staff'] },
    'openid address': {
      address: {
        formatted: 'Heidestraße 17\n51147 Köln',
        street_address: 'Heidestraße 17',
        locality: 'Köln',
        postal_code: '51147',
      },
    },
  }
  for (const [scope, claims] of Object.entries(expected)) {
    const { info, idToken } = await learn(scope)
    assert.deepEqual(leaveToken(info), claims, scope)
    assert.deepEqual(leaveToken(idToken), claims, scope)
  }
})

test("an app's own mapping changes the source of a claim, and its own claims come with every login", async (t) => {
  const claims = {
    preferred_username: 'email',
    upn: 'username',
    cost: 'attribute:costCenter',
    sids: 'attribute:groupSids',
    'https://app.example/role': 'groups',
    nothing: 'attribute:none',
  }
  const { learn } = await startWithAttributes(t, { claims })
  const own = {
    upn: 'erika',
    cost: ['4711', '4712'],
    sids: ['S-1-5-32-545'],
    'https://app.example/role': ['staff'],
  }
  const bare = await learn('openid')
  assert.deepEqual(leaveToken(bare.info), own)
  assert.deepEqual(leaveToken(bare.idToken), own)
  const { info } = await learn('openid profile')
  assert.equal(info.preferred_username, 'erika@x.test')
})

test('an app without a scope is refused, and gets no claims of this scope by the claims parameter', async (t) => {
  const { mail, browser, learn } = await startWithAttributes(t, { scopes: ['email'] })
  const { url } = await mail.begin({ scope: 'openid profile' })
  const refused = await browser.open(url, mail.redirectUri)
  assert.equal(refused.url.searchParams.get('error'), 'invalid_scope')
  const claims = { userinfo: { given_name: null, groups: { essential: true }, email: null } }
  const { info } = await learn('openid', { claims: JSON.stringify(claims) })
  assert.deepEqual(leaveToken(info), { email: 'erika@x.test' })
})

test('an app can request single claims for the ID token or the userinfo endpoint', async (t) => {
  const { learn } = await startWithAttributes(t)
  const claims = {
    userinfo: { given_name: { essential: true }, phone_number_verified: null },
    id_token: { email_verified: null, groups: null },
  }
  const { info, idToken } = await learn('openid', { claims: JSON.stringify(claims) })
  assert.deepEqual(leaveToken(info), { given_name: 'Erika', phone_number_verified: true })
  assert.deepEqual(leaveToken(idToken), { email_verified: true, groups: ['staff'] })
})

test('an essential acr is achieved or refused, and the ID token has the value that the app requested', async (t) => {
  const { server, erika, browser, mail } = await startWithAttributes(t)
  const ask = (values: readonly string[], essential = true) => ({
    claims: JSON.stringify({ id_token: { acr: { essential, values } } }),
  })
  const login = await browser.open((await mail.begin(ask([acrNumber]))).url, mail.redirectUri)
  assert.equal(login.url.pathname, '/login', login.url.href)
  const wish = server.continuations.open(login.url.searchParams.get('continue') ?? '')
  assert.deepEqual(wish?.acrValues, [acrNumber])

  const unknown = await browser.open((await mail.begin(ask(['urn:x']))).url, mail.redirectUri)
  assert.equal(unknown.url.searchParams.get('error'), 'unmet_authentication_requirements')
  const wished = await mail.signIn(browser, ask(['urn:x'], false))
  assert.equal(wished.claims()?.acr, acrPassword)

  await server.logIn(browser, erika.id, { amr: ['pwd', 'mca', 'mfa'], acr: acrNumber })
  const reached = await mail.signIn(browser, ask([acrPossession]))
  assert.equal(reached.claims()?.acr, acrPossession)
  const higher = await mail.signIn(browser, ask([acrPossession], false))
  assert.equal(higher.claims()?.acr, acrNumber)
})

test('a request for another user than the one who is logged in gets login_required', async (t) => {
  const { erika, browser, mail } = await startWithAttributes(t)
  const ask = (value: string) => ({ claims: JSON.stringify({ id_token: { sub: { value } } }) })
  const other = await browser.open((await mail.begin(ask('usr_other'))).url, mail.redirectUri)
  assert.equal(other.url.searchParams.get('error'), 'login_required')
  assert.equal((await mail.signIn(browser, ask(erika.id))).claims()?.sub, erika.id)
})

test('an app cannot define a claim that describes the token, or one with an invalid name', () => {
  const parse = (name: string) => claimsSchema.safeParse({ [name]: 'username' }).success
  for (const name of ['upn', 'urn:oid:1.2', 'https://app.example/x', 'given_name']) {
    assert.ok(parse(name), name)
  }
  for (const name of [
    'sub',
    'acr',
    'aud',
    'sid',
    'email_verified',
    'constructor',
    '',
    'a b',
    'ä',
  ]) {
    assert.ok(!parse(name), name)
  }
})

test('the server reads the requested acr and sub from the claims parameter, and ignores other values', () => {
  const read = (value: unknown) => readRequestedLogin(JSON.stringify(value))
  assert.deepEqual(read({ userinfo: { acr: { value: 'a', essential: true } } }), {
    acrValues: ['a'],
    isEssential: true,
  })
  assert.deepEqual(read({ id_token: { acr: null, sub: { value: 'usr_a' } } }), {
    isEssential: false,
    subject: 'usr_a',
  })
  assert.deepEqual(read({ id_token: { acr: { essential: true, values: ['a', 7, 'b'] } } }), {
    acrValues: ['a', 'b'],
    isEssential: true,
  })
  for (const value of [null, 7, [], { id_token: { acr: { values: 'a' } } }, { id_token: [] }]) {
    assert.deepEqual(read(value), { isEssential: false })
  }
  for (const text of [undefined, '', '{', 'null']) {
    assert.deepEqual(readRequestedLogin(text), { isEssential: false })
  }
  assert.equal(nameReachedLevel(acrNumber, { isEssential: false }), acrNumber)
  assert.deepEqual(listAllowedClaims(['email', 'upn', 'groups'], ['openid', 'email']), [
    'email',
    'upn',
  ])
})
