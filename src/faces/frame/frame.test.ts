import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createTestWeb } from '../../dev/test-support/frame.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { Fault, type FaultCode, faultStatus } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Log } from '../../platform/kernel/log.ts'

const session: LiveSession = {
  id: 'ses_1' as Id<'session'>,
  userId: 'usr_1' as Id<'user'>,
  username: 'erika',
  displayName: 'Erika',
  email: null,
  role: 'user',
  amr: ['pwd'],
  acr: 'x',
  authenticatedAt: 0,
  tokenHash: 'of the session',
}

const ask = (headers: Record<string, string> = {}, path = '/login?a=1') =>
  new Request(`http://localhost:8080${path}`, { headers })

function collect() {
  const entries: { level: string; message: string; entry: Record<string, unknown> }[] = []
  const at = (level: string) => (entry: object, message: string) =>
    void entries.push({ level, message, entry: { ...entry } })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { log, entries }
}

test('a visitor is told by headers and cookies', async () => {
  const web = createTestWeb({
    trustedProxies: ['127.0.0.0/8'],
    networks: [{ name: { de: 'Büro', en: 'Office' }, ranges: ['10.0.0.0/8'] }],
    findSession: async (token) => (token === 'good' ? session : undefined),
  })
  const headers = {
    cookie: 'einlass_session=good; einlass_browser=mine; einlass_device=known',
    'accept-language': 'en-GB,en;q=0.9',
    'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/128.0',
    'x-forwarded-for': '10.1.2.3',
  }
  const visitor = await web.visitor(ask(headers), '127.0.0.1')
  assert.equal(visitor.path, '/login?a=1')
  assert.equal(visitor.browserToken, 'mine')
  assert.deepEqual(visitor.client, {
    address: '10.1.2.3',
    place: 'Office',
    browser: { name: 'Firefox', system: 'Windows' },
    userAgent: headers['user-agent'],
    language: 'en',
    session,
    device: 'known',
  })
})

test('a session is looked for only where there is a token', async () => {
  const asked: string[] = []
  const web = createTestWeb({
    findSession: async (token) => {
      asked.push(token)
      return undefined
    },
  })
  for (const cookie of ['', 'einlass_session=a; einlass_session=b', 'einlass_session="x"']) {
    const visitor = await web.visitor(ask({ cookie }), '127.0.0.1')
    assert.equal(visitor.client.session, undefined)
  }
  assert.deepEqual(asked, [])
  await web.visitor(ask({ cookie: 'einlass_session=a' }), '127.0.0.1')
  assert.deepEqual(asked, ['a'])
})

test('a page that asks by itself keeps no session alive', async () => {
  const uses: boolean[] = []
  const web = createTestWeb({
    findSession: async (_, { isActivity }) => {
      uses.push(isActivity)
      return session
    },
  })
  const cookie = 'einlass_session=a'
  await web.visitor(ask({ cookie }), '127.0.0.1')
  await web.visitor(ask({ cookie, 'x-einlass-by-itself': '1' }), '127.0.0.1')
  assert.deepEqual(uses, [true, false])
})

test('nothing is looked up for a stranger, whose cookies may be of no use', () => {
  const web = createTestWeb({ findSession: () => Promise.reject(new Error('no database')) })
  const visitor = web.stranger(ask({ cookie: 'einlass_session=a; einlass_language=en' }))
  assert.equal(visitor.client.session, undefined)
  assert.equal(visitor.t.language, 'en')
})

test('a long user agent is cut', async () => {
  const visitor = await createTestWeb().visitor(ask({ 'user-agent': 'x'.repeat(5000) }), '')
  assert.equal(visitor.client.userAgent?.length, 512)
})

test('the language is what was chosen, else what the browser likes best, else German', async () => {
  const web = createTestWeb()
  const languageOf = async (headers: Record<string, string>) =>
    (await web.visitor(ask(headers), '')).t.language
  assert.equal(await languageOf({}), 'de')
  assert.equal(await languageOf({ 'accept-language': 'fr' }), 'de')
  assert.equal(await languageOf({ 'accept-language': 'fr, en;q=0.5, de;q=0.4' }), 'en')
  assert.equal(await languageOf({ 'accept-language': 'de;q=0, en;q=0.1' }), 'en')
  const chosen = { 'accept-language': 'de', cookie: 'einlass_language=en' }
  assert.equal(await languageOf(chosen), 'en')
  assert.equal(await languageOf({ ...chosen, cookie: 'einlass_language=xx' }), 'de')
})

test('every page is kept by nobody and runs only the scripts that it brings', async () => {
  const web = createTestWeb({ secure: true })
  const visitor = await web.visitor(ask(), '')
  const response = web.fault(new Fault('not_found', 'no'), visitor)
  const text = await response.text()
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.equal(response.headers.get('content-language'), 'de')
  assert.match(response.headers.get('strict-transport-security') ?? '', /max-age/)
  const policy = response.headers.get('content-security-policy') ?? ''
  assert.doesNotMatch(policy, /unsafe/)
  const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? ''
  const hash = createHash('sha256').update(style).digest('base64')
  assert.ok(policy.includes(`style-src 'sha256-${hash}'`))
})

test('no attribute of a page is a style or a handler, which the policy would refuse', async () => {
  const web = createTestWeb()
  const text = await web.fault(new Error('x'), await web.visitor(ask(), '')).text()
  assert.doesNotMatch(text, /\s(?:style|on[a-z]+)="/)
})

test('a redirect is a GET and keeps nothing', () => {
  const response = createTestWeb().redirect('/login', ['a=1', 'b=2'])
  assert.equal(response.status, 303)
  assert.equal(response.headers.get('location'), '/login')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
})

for (const [code, status] of Object.entries(faultStatus) as [FaultCode, number][]) {
  for (const language of ['de', 'en']) {
    test(`the page of a fault ${code} says what its reader may know (${language})`, async () => {
      const { log, entries } = collect()
      const web = createTestWeb({ log })
      const visitor = await web.visitor(ask({ 'accept-language': language }), '')
      const fault = new Fault(code, 'private words', {
        details: { name: 'private detail' },
        cause: new Error('private cause'),
      })
      const response = web.fault(fault, visitor)
      const text = await response.text()
      assert.equal(response.status, status)
      assert.doesNotMatch(text, /private|\bat .*\.ts:/)
      assert.match(text, new RegExp(`<html lang="${language}">`))
      const reference = /class="ref">([A-Z2-9]{4})-([A-Z2-9]{4})</.exec(text)
      assert.equal(reference !== null, status >= 500)
      const [entry] = entries
      assert.equal(entry?.level, status >= 500 ? 'error' : 'debug')
      assert.equal(entry?.entry.code, code)
      assert.equal(entry?.entry.reference, reference?.slice(1).join(''))
    })
  }
}

test('what nobody expected is a page without its message and stack', async () => {
  const { log, entries } = collect()
  const web = createTestWeb({ log })
  const error = new TypeError('cannot read "password" of undefined')
  const response = web.fault(error, await web.visitor(ask(), ''))
  assert.equal(response.status, 500)
  assert.doesNotMatch(await response.text(), /cannot read|TypeError|web\.test\.ts/)
  assert.equal(entries[0]?.entry.error, error)
})

test('a fault that passes says when to come back', async () => {
  const web = createTestWeb()
  const visitor = await web.visitor(ask(), '')
  const after = (fault: Fault) => web.fault(fault, visitor).headers.get('retry-after')
  assert.equal(after(new Fault('too_many_requests', '', { retryAfter: 7 })), '7')
  assert.equal(after(new Fault('unavailable', '', { retryAfter: 3 })), '3')
  assert.match(after(new Fault('unavailable', 'the database is away')) ?? '', /^\d+$/)
  assert.equal(after(new Fault('internal', '')), null)
  assert.equal(after(new Fault('not_found', '')), null)
})

test('a browser gets a secret once', async () => {
  const web = createTestWeb()
  const first = web.ensureBrowser(await web.visitor(ask(), ''))
  assert.match(first.token, /^[\w-]{43}$/)
  assert.equal(first.cookies.length, 1)
  const cookie = first.cookies[0]?.split(';')[0] ?? ''
  const second = web.ensureBrowser(await web.visitor(ask({ cookie }), ''))
  assert.deepEqual(second, { token: first.token, cookies: [] })
})

test('a form counts only with the cookie and the token of one browser', async () => {
  const web = createTestWeb()
  const visitorOf = (cookie: string) => web.visitor(ask({ cookie }), '')
  const own = await visitorOf('einlass_browser=mine')
  const form_token = web.formToken('mine')
  assert.equal(web.checkForm(own, { form_token }), 'mine')
  const refused = { code: 'bad_form_token' }
  assert.throws(() => web.checkForm(own, {}), refused)
  assert.throws(() => web.checkForm(own, { form_token: web.formToken('other') }), refused)
  const other = await visitorOf('einlass_browser=other')
  assert.throws(() => web.checkForm(other, { form_token }), refused)
  const none = await visitorOf('')
  assert.throws(() => web.checkForm(none, { form_token }), refused)
  assert.throws(() => web.checkForm(none, { form_token: web.formToken('') }), refused)
})

test('a proxy that is not trusted is told of once, a trusted one never', async () => {
  const { log, entries } = collect()
  const web = createTestWeb({ trustedProxies: ['10.0.0.0/8'], log })
  const forwarded = { 'x-forwarded-for': '203.0.113.9' }
  await web.visitor(ask({}), '192.0.2.1')
  await web.visitor(ask(forwarded), '::ffff:10.0.0.1')
  assert.deepEqual(entries, [])
  for (let n = 0; n < 3; n += 1) await web.visitor(ask(forwarded), '192.0.2.1')
  assert.deepEqual(
    entries.map(({ level, entry }) => [level, entry]),
    [['warn', { peer: '192.0.2.1' }]],
  )
})
