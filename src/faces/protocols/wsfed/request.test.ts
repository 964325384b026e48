import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { checkSignIn, readQuery } from './request.ts'
import { wsfedAppSettingsSchema } from './settings.ts'

const now = Date.UTC(2026, 10, 27, 12)
const realm = 'https://mail.example/owa/'
const settings = wsfedAppSettingsSchema.parse({
  realms: [realm, 'https://mail.example/ecp/'],
  replyUrls: ['https://portal.example/signin'],
})

const check = (parameters: Record<string, string>) =>
  checkSignIn(new Map(Object.entries({ wtrealm: realm, ...parameters })), settings, now)

test('a token goes to the realm, or to a registered address that the request names', () => {
  assert.deepEqual(check({}), { type: 'wishes', wishes: { reply: realm } })
  const wreply = 'https://portal.example/signin'
  assert.deepEqual(check({ wreply }), { type: 'wishes', wishes: { reply: wreply } })
})

test('a realm is known with and without its last slash, with its host in any case, and the token goes to the registered form', () => {
  const same = ['https://mail.example/owa', 'https://MAIL.Example/owa/', 'HTTPS://mail.example/owa']
  for (const wtrealm of same) {
    assert.deepEqual(check({ wtrealm }), { type: 'wishes', wishes: { reply: realm } }, wtrealm)
  }
  const others = [
    ...['https://mail.example/OWA/', 'https://mail.example/owa//', 'https://mail.example/', ''],
    ...['https://mail.example@evil.example/owa/', 'https://evil.example\\@mail.example/owa/'],
    ...['https://mail.example/owa?', 'https://mail.example/owa/#', 'https://mail.example:443/owa/'],
  ]
  for (const wtrealm of others) assert.equal(check({ wtrealm }).type, 'refused', wtrealm)
})

test('A27: an address that only begins like one of the app is refused', () => {
  const others = [
    'https://mail.example/owa',
    'https://mail.example/owa/x',
    'https://mail.example/owa/?x',
    'https://mail.example/owa/../',
    'https://mail.example.evil.example/owa/',
    'https://mail.example@evil.example/owa/',
    'HTTPS://mail.example/owa/',
    'https://mail.example:443/owa/',
    'https:mail.example/owa/',
    'https://mail.example\\owa/',
    'javascript:alert(1)',
    'data:text/html,x',
    '',
  ]
  for (const wreply of others) {
    assert.deepEqual(check({ wreply }), { type: 'refused', reason: 'unknown_reply_url' }, wreply)
  }
})

test('wfresh and wauth can require a recent login and a second factor, and unknown values are ignored', () => {
  const wishes = (parameters: Record<string, string>) => {
    const checked = check(parameters)
    assert.ok(checked.type === 'wishes')
    return checked.wishes
  }
  assert.equal(wishes({ wfresh: '0' }).since, now)
  assert.equal(wishes({ wfresh: '30' }).since, now - 30 * 60_000)
  for (const wfresh of ['', '-1', 'x', '1.5']) assert.equal(wishes({ wfresh }).since, undefined)
  const several = 'http://schemas.microsoft.com/claims/multipleauthn'
  assert.deepEqual(wishes({ wauth: several }).acrValues, [acrPossession])
  assert.equal(wishes({ wauth: 'urn:federation:authentication:windows' }).acrValues, undefined)
  assert.equal(wishes({ wctx: '"><b>' }).context, '"><b>')
})

test('the server refuses a context that is too long, and a repeated parameter', () => {
  assert.equal(check({ wctx: 'x'.repeat(2048) }).type, 'wishes')
  assert.deepEqual(check({ wctx: 'ä'.repeat(1025) }), {
    type: 'refused',
    reason: 'context_too_long',
  })
  const url = new URL(`https://login.example/adfs/ls/?wa=wsignin1.0&wtrealm=a`)
  assert.equal(readQuery(url)?.get('wtrealm'), 'a')
  url.searchParams.append('wtrealm', 'b')
  assert.equal(readQuery(url), undefined)
})
