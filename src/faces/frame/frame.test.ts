import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createTestFrame } from '../../dev/test-support/frame.ts'
import { toResponse } from '../../dev/test-support/response.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import { minutes } from '../../platform/kernel/clock.ts'
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
  managedBy: null,
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

test('the server reads the request context from headers and cookies', async () => {
  const frame = createTestFrame({
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
  const context = await frame.createContext(ask(headers), '127.0.0.1')
  assert.equal(context.path, '/login?a=1')
  assert.equal(context.browserToken, 'mine')
  assert.deepEqual(context.client, {
    address: '10.1.2.3',
    place: 'Office',
    browser: { name: 'Firefox', system: 'Windows' },
    userAgent: headers['user-agent'],
    language: 'en',
    session,
    device: 'known',
  })
})

test('the server looks up a session only for a request with one well-formed session cookie', async () => {
  const asked: string[] = []
  const frame = createTestFrame({
    findSession: async (token) => {
      asked.push(token)
      return undefined
    },
  })
  for (const cookie of ['', 'einlass_session=a; einlass_session=b', 'einlass_session="x"']) {
    const context = await frame.createContext(ask({ cookie }), '127.0.0.1')
    assert.equal(context.client.session, undefined)
  }
  assert.deepEqual(asked, [])
  await frame.createContext(ask({ cookie: 'einlass_session=a' }), '127.0.0.1')
  assert.deepEqual(asked, ['a'])
})

test('a request that a page sends by itself is no activity of the session', async () => {
  const uses: boolean[] = []
  const frame = createTestFrame({
    findSession: async (_, { isActivity }) => {
      uses.push(isActivity)
      return session
    },
  })
  const cookie = 'einlass_session=a'
  await frame.createContext(ask({ cookie }), '127.0.0.1')
  await frame.createContext(ask({ cookie, 'x-einlass-by-itself': '1' }), '127.0.0.1')
  assert.deepEqual(uses, [true, false])
})

test('the server looks up no session for an anonymous request context', () => {
  const frame = createTestFrame({ findSession: () => Promise.reject(new Error('no database')) })
  const context = frame.createAnonymous(ask({ cookie: 'einlass_session=a; einlass_language=en' }))
  assert.equal(context.client.session, undefined)
  assert.equal(context.t.language, 'en')
})

test('a long user agent is cut', async () => {
  const context = await createTestFrame().createContext(ask({ 'user-agent': 'x'.repeat(5000) }), '')
  assert.equal(context.client.userAgent?.length, 512)
})

test('the language is the chosen one, else the one that the browser prefers, else German', async () => {
  const frame = createTestFrame()
  const languageOf = async (headers: Record<string, string>) =>
    (await frame.createContext(ask(headers), '')).t.language
  assert.equal(await languageOf({}), 'de')
  assert.equal(await languageOf({ 'accept-language': 'fr' }), 'de')
  assert.equal(await languageOf({ 'accept-language': 'fr, en;q=0.5, de;q=0.4' }), 'en')
  assert.equal(await languageOf({ 'accept-language': 'de;q=0, en;q=0.1' }), 'en')
  const chosen = { 'accept-language': 'de', cookie: 'einlass_language=en' }
  assert.equal(await languageOf(chosen), 'en')
  assert.equal(await languageOf({ ...chosen, cookie: 'einlass_language=xx' }), 'de')
})

test('a page has no-store and a content security policy that allows only its own style', async () => {
  const frame = createTestFrame({ secure: true })
  const context = await frame.createContext(ask(), '')
  const response = toResponse(frame.fault(new Fault('not_found', 'no'), context))
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

test('a page has no inline style and no event handler, which its content security policy would refuse', async () => {
  const frame = createTestFrame()
  const text = await toResponse(
    frame.fault(new Error('x'), await frame.createContext(ask(), '')),
  ).text()
  assert.doesNotMatch(text, /\s(?:style|on[a-z]+)="/)
})

test('a redirect has status 303 and no-store', () => {
  const response = toResponse(createTestFrame().redirect('/login', ['a=1', 'b=2']))
  assert.equal(response.status, 303)
  assert.equal(response.headers.get('location'), '/login')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
})

for (const [code, status] of Object.entries(faultStatus) as [FaultCode, number][]) {
  for (const language of ['de', 'en']) {
    test(`the page of the fault ${code} shows no internal details, and the log has its code (${language})`, async () => {
      const { log, entries } = collect()
      const frame = createTestFrame({ log })
      const context = await frame.createContext(ask({ 'accept-language': language }), '')
      const fault = new Fault(code, 'private words', {
        details: { name: 'private detail' },
        cause: new Error('private cause'),
      })
      const response = toResponse(frame.fault(fault, context))
      const text = await response.text()
      assert.equal(response.status, status)
      assert.doesNotMatch(text, /private|\bat .*\.ts:/)
      assert.match(text, new RegExp(`<html lang="${language}">`))
      const reference = /class="ref">([A-Z2-9]{4})-([A-Z2-9]{4})</.exec(text)
      const isOutage = code === 'unavailable' || code === 'busy'
      assert.equal(reference !== null, status >= 500 && !isOutage)
      const [entry] = entries
      assert.equal(entry?.level, status >= 500 ? 'error' : 'debug')
      assert.equal(entry?.entry.code, code)
      assert.equal(entry?.entry.reference, reference?.slice(1).join(''))
    })
  }
}

test('the server counts forged forms and logs them once for each route, without text from their sender', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { log, entries } = collect()
  const frame = createTestFrame({ log })
  const forged = { 'sec-fetch-site': 'cross-site', cookie: 'einlass_browser=evil' }
  const context = await frame.createContext(ask(forged, '/login/evil'), '')
  const forge = (route: string) => {
    try {
      frame.checkForm(context, { form_token: frame.formToken('evil') })
      assert.fail('it was taken')
    } catch (error) {
      frame.fault(error, context, route)
    }
  }
  for (let times = 0; times < 20; times += 1) forge('/login/:journey')
  forge('/logout')
  t.mock.timers.tick(minutes(1))
  const text = 'a request that no page makes was refused'
  const lines = entries.filter(({ level }) => level === 'info')
  const code = 'foreign_origin'
  assert.deepEqual(lines, [
    { level: 'info', message: text, entry: { code, route: '/login/:journey' } },
    { level: 'info', message: text, entry: { code, route: '/logout' } },
    { level: 'info', message: text, entry: { code, route: '/login/:journey', times: 19 } },
  ])
  const [metric] = frame.metrics
  assert.deepEqual((await metric?.read())?.find(({ labels }) => labels.reason === code)?.value, 21)
  frame.fault(new Fault('not_found', 'nowhere'), context, undefined)
  assert.equal(entries.filter(({ level }) => level === 'info').length, 3, 'only some faults')
})

test('an unexpected error gives a page without its message and stack', async () => {
  const { log, entries } = collect()
  const frame = createTestFrame({ log })
  const error = new TypeError('cannot read "password" of undefined')
  const response = toResponse(frame.fault(error, await frame.createContext(ask(), '')))
  assert.equal(response.status, 500)
  assert.doesNotMatch(await response.text(), /cannot read|TypeError|frame\.test\.ts/)
  assert.equal(entries[0]?.entry.error, error)
})

test('the answer to a temporary fault has a Retry-After header', async () => {
  const frame = createTestFrame()
  const context = await frame.createContext(ask(), '')
  const after = (fault: Fault) => toResponse(frame.fault(fault, context)).headers.get('retry-after')
  assert.equal(after(new Fault('too_many_requests', '', { retryAfter: 7 })), '7')
  assert.equal(after(new Fault('unavailable', '', { retryAfter: 3 })), '3')
  assert.match(after(new Fault('unavailable', 'the database is away')) ?? '', /^\d+$/)
  assert.equal(after(new Fault('internal', '')), null)
  assert.equal(after(new Fault('not_found', '')), null)
})

test('the server gives a browser its secret only once', async () => {
  const frame = createTestFrame()
  const first = frame.ensureBrowser(await frame.createContext(ask(), ''))
  assert.match(first.token, /^[\w-]{43}$/)
  assert.equal(first.cookies.length, 1)
  const cookie = first.cookies[0]?.split(';')[0] ?? ''
  const second = frame.ensureBrowser(await frame.createContext(ask({ cookie }), ''))
  assert.deepEqual(second, { token: first.token, cookies: [] })
})

test('the server accepts a form only with the cookie and the form token of the same browser', async () => {
  const frame = createTestFrame()
  const contextOf = (cookie: string) => frame.createContext(ask({ cookie }), '')
  const own = await contextOf('einlass_browser=mine')
  const form_token = frame.formToken('mine')
  assert.equal(frame.checkForm(own, { form_token }), 'mine')
  const refused = { code: 'bad_form_token' }
  assert.throws(() => frame.checkForm(own, {}), refused)
  assert.throws(() => frame.checkForm(own, { form_token: frame.formToken('other') }), refused)
  const other = await contextOf('einlass_browser=other')
  assert.throws(() => frame.checkForm(other, { form_token }), refused)
  const none = await contextOf('')
  assert.throws(() => frame.checkForm(none, { form_token }), refused)
  assert.throws(() => frame.checkForm(none, { form_token: frame.formToken('') }), refused)
})

test('the log warns once of an untrusted proxy, and never of a trusted one', async () => {
  const { log, entries } = collect()
  const frame = createTestFrame({ trustedProxies: ['10.0.0.0/8'], log })
  const forwarded = { 'x-forwarded-for': '203.0.113.9' }
  await frame.createContext(ask({}), '192.0.2.1')
  await frame.createContext(ask(forwarded), '::ffff:10.0.0.1')
  assert.deepEqual(entries, [])
  for (let n = 0; n < 3; n += 1) await frame.createContext(ask(forwarded), '192.0.2.1')
  assert.deepEqual(
    entries.map(({ level, entry }) => [level, entry]),
    [['warn', { peer: '192.0.2.1' }]],
  )
})
