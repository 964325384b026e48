/** What others fell for at the same place, each by its number. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loginOrigin } from './support/forward-auth-stage.ts'
import { host, setUpWire } from './support/forward-auth-wire.ts'

test('CVE-2026-25748: a malformed cookie gives no access, and on a public path the user header is empty', async (t) => {
  const { check, enter } = await setUpWire(t)
  const [name = '', value = ''] = (await enter()).split('=')
  const bad = [
    `${name}=`,
    `${name}=%00`,
    `${name}=${value};${name}=${value}`,
    `${name}=${value} x`,
    name,
  ]
  for (const cookie of bad) {
    assert.equal((await check('caddy', '/x', { cookie })).status, 401, cookie)
    const open = await check('caddy', '/open/x', { cookie })
    assert.deepEqual([open.status, open.headers['remote-user']], [200, ''], cookie)
  }
})

/** The path, further headers, and the answer to a user who may not go there. */
const lessons: readonly (readonly [string, string, Record<string, string>, number])[] = [
  ['Authelia CVE-2021-32637: a malformed URI', '/x%', {}, 400],
  ['Authelia CVE-2021-32637: a malformed query', '/x?%zz#', {}, 400],
  [
    'Authelia CVE-2026-48794: a host in capitals',
    '/admin',
    { 'x-forwarded-host': host.toUpperCase() },
    403,
  ],
  ['LemonLDAP CVE-2020-24660: an encoded path', '/%61dmin', {}, 403],
  ['LemonLDAP CVE-2020-24660: dots in a path', '/open/..%2fadmin', {}, 400],
  ['A question mark that is encoded', '/admin%3fx', {}, 403],
  ['A number sign that is encoded', '/admin%23/open/x', {}, 403],
  ['oauth2-proxy GHSA-7rh7: an exempt path in the query', '/admin?/open/x', {}, 403],
  [
    'oauth2-proxy GHSA-7x63: a path in a header',
    '/admin',
    { 'x-original-uri': '/open/x', 'x-rewrite-url': '/open/x' },
    403,
  ],
  [
    'oauth2-proxy GHSA-5hvv: the user agent of a probe',
    '/admin',
    { 'user-agent': 'kube-probe/1.30' },
    403,
  ],
  ['oauth2-proxy GHSA-pxq7: a fragment', '/admin#/open/x', {}, 400],
  ['oauth2-proxy GHSA-c5c4: several @', '/admin', { 'x-forwarded-host': `a@b@${host}` }, 400],
  [
    'authentik CVE-2024-47070: X-Forwarded-For that is no address',
    '/admin',
    { 'x-forwarded-for': 'a' },
    403,
  ],
  [
    'F5 nginx-ldap-auth: headers that configure',
    '/admin',
    { 'x-ldap-template': '*', 'x-cookiename': 'x' },
    403,
  ],
]

for (const [name, uri, headers, status] of lessons) {
  test(`${name} gives no access`, async (t) => {
    const { check, enter } = await setUpWire(t)
    const cookie = await enter()
    const asked = await check('caddy', uri, { ...headers, cookie })
    assert.deepEqual([asked.status, asked.headers['remote-user']], [status, undefined])
    const anonymous = await check('caddy', uri, headers)
    assert.ok(anonymous.status >= 400)
    assert.equal(anonymous.headers['remote-user'], undefined)
  })
}

test('oauth2-proxy GHSA-f24x: the app cookie of an ended session gives no access, even if the browser keeps it', async (t) => {
  const { check, enter, db, ask, session } = await setUpWire(t)
  const cookie = await enter()
  await db.updateTable('sessions').set({ ended_at: Date.now() }).execute()
  assert.equal((await check('caddy', '/x', { cookie })).status, 401)
  const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': host }
  const begun = await ask('/forward-auth/app/login?to=/x', { ...proxied, cookie })
  const path = (begun.headers.location ?? '').replace(loginOrigin, '')
  const asked = await ask(path, { cookie: session })
  assert.match(asked.headers.location ?? '', /^\/login\?continue=/)
})
