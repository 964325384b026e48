import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkAddress,
  checkApp,
  checkAttributes,
  checkCertificate,
  checkClock,
  checkNextCertificate,
  checkProxies,
  checkSignIn,
} from './checks.ts'

const now = Date.parse('2027-03-01T08:00:00Z')
const day = 86_400_000

test('the check reports a certificate that expires in less than 90 days', () => {
  const check = (left: number) =>
    checkCertificate({ sha1: 'AB12', expiresAt: now + left * day }, now)
  assert.deepEqual(check(3650), {
    name: 'certificate',
    isFine: true,
    found: 'AB12, 3650 days left',
  })
  assert.equal(check(90).isFine, true)
  assert.equal(check(89).isFine, false)
  assert.match(check(89).found, /keys rotate --purpose saml/)
  assert.match(check(-1).found, /^AB12, -1 days left/)
})

test('the check names the next certificate and the time from which Exchange must know it', () => {
  const check = checkNextCertificate({ sha1: 'CD34', signsFrom: now + 14 * day })
  assert.equal(check.isFine, false)
  assert.match(check.found, /^CD34 signs from 2027-03-15 08:00 UTC: run apply\.ps1 .+ before/)
})

test('both realms of Outlook on the web need an app', () => {
  const origin = 'https://mail.example.org'
  const both = [`${origin}/owa/`, `${origin}/ecp/`]
  assert.equal(checkApp(origin, both).isFine, true)
  // Both are known with and without their last slash.
  assert.equal(checkApp(origin, [`${origin}/owa`, `${origin}/ecp/`]).isFine, true)
  const half = checkApp(origin, [`${origin}/owa/`, `${origin}/ECP/`])
  assert.match(
    half.found,
    /^none has the realm https:\S+\/ecp\/: einlass app add owa --template owa/,
  )
  assert.equal(checkApp(origin, []).isFine, false)
})

test('the check reports missing attributes of a user, with the command that adds them', () => {
  const wanted = ['upn', 'sid']
  const check = (found: Record<string, string[]>) =>
    checkAttributes('erika', new Map(Object.entries(found)), wanted)
  const upn = ['erika@example.org']
  assert.equal(check({ upn, sid: ['S-1-5-21-1-2-3-1104'] }).isFine, true)
  assert.match(
    check({ upn }).found,
    /^without sid: einlass user change erika --attribute sid=\.\.\./,
  )
  assert.match(check({ sid: [], upn: [] }).found, /without upn and sid/)
  for (const sid of ['S-1-5-21-1-2-3', 'S-1-5-32-544', 'erika', 'S-1-5-21-1-2-3-1104 ']) {
    assert.deepEqual([check({ upn, sid: [sid] }).isFine, sid], [false, sid])
  }
  assert.equal(checkAttributes('erika', new Map([['upn', upn]]), ['upn']).isFine, true)
})

const answer = (status: number, headers: Record<string, string>) =>
  new Response(null, { status, headers })

test('the check reports a clock that differs by more than a minute', async () => {
  const check = (date: string | undefined) =>
    checkClock('https://mail.example.org', {
      now: () => now,
      fetch: async () => answer(302, date === undefined ? {} : { date }),
    })
  const at = (offset: number) => new Date(now + offset).toUTCString()
  assert.equal((await check(at(0))).isFine, true)
  assert.equal((await check(at(-60_000))).isFine, true)
  assert.match((await check(at(90_000))).found, /^9[01] s ahead: set both by the same time server$/)
  assert.match((await check(at(-301_000))).found, /^30[01] s behind/)
  assert.match((await check(undefined)).found, /no answer/)
  assert.match((await check('yesterday')).found, /no answer/)
  const away = await checkClock('https://mail.example.org', {
    now: () => now,
    fetch: () => Promise.reject(new Error('away')),
  })
  assert.equal(away.isFine, false)
})

test('the check requires that a request of Outlook on the web leads to the login and a foreign one is refused', async () => {
  const asked: URL[] = []
  const check = (answers: (realm: string | null) => Response) =>
    checkSignIn(
      { publicUrl: 'https://login.example.org', mailOrigin: 'https://mail.example.org' },
      {
        now: () => now,
        fetch: async (url) => {
          asked.push(new URL(String(url)))
          return answers(new URL(String(url)).searchParams.get('wtrealm'))
        },
      },
    )
  const toLogin = () => answer(303, { location: '/login?continue=x' })
  const own = 'https://mail.example.org/owa/'
  const isOwn = (realm: string | null) => realm === own || `${realm}/` === own
  const good = await check((realm) => (isOwn(realm) ? toLogin() : answer(400, {})))
  // Exchange also sends its address without the last slash.
  assert.equal(
    (await check((realm) => (realm === own ? toLogin() : answer(400, {})))).isFine,
    false,
  )
  assert.equal(good.isFine, true)
  assert.equal(asked[0]?.pathname, '/adfs/ls/')
  assert.equal(asked[0]?.searchParams.get('wa'), 'wsignin1.0')
  assert.equal(asked[0]?.searchParams.get('wct'), '2027-03-01T08:00:00Z')
  assert.match((await check(toLogin)).found, /a foreign address is let through/)
  assert.match((await check(() => answer(400, {}))).found, /refused \(400\): is there an app/)
  const away = await check(() => {
    throw new TypeError('fetch failed')
  })
  assert.match(away.found, /does not answer/)
})

test('the check reports a public address without https', () => {
  assert.equal(checkAddress('https://login.example.org').isFine, true)
  assert.match(checkAddress('http://login.example.org').found, /has no https/)
})

test('the check reports that no proxy is configured, because every user would get 403', () => {
  assert.match(checkProxies([]).found, /^none: .*einlass\.yaml.*everybody gets 403/)
  assert.equal(checkProxies([]).isFine, false)
  const named = checkProxies(['192.0.2.1/32'])
  assert.deepEqual([named.isFine, /192\.0\.2\.1\/32/.test(named.found)], [true, true])
})
