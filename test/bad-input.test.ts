// Every address of the server, asked in every wrong way. Each gets an answer that says what is wrong and no more, and
// nothing changes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import {
  createPlainBrowser,
  type PlainBrowser,
  readForm,
} from '../src/dev/test-support/plain-browser.ts'
import { seconds } from '../src/platform/kernel/clock.ts'
import { type FaultCode, faultStatus } from '../src/platform/kernel/fault.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { erika, startInProcess } from './support/in-process.ts'
import { enterPassword, pathOfPage } from './support/way-in.ts'
import {
  dumpTables,
  sendRequest,
  sendWithoutEnd,
  type WireReply,
  type WireRequest,
} from './support/wire.ts'

type Server = Awaited<ReturnType<typeof startInProcess>>

const ends: (() => Promise<void>)[] = []
let server: Server
/** In the middle of a login, at the offer of a second factor. */
let halfway: PlainBrowser
let journey: string
let version: string
/** With a session. */
let inside: PlainBrowser

before(async () => {
  server = await startInProcess({ after: (end) => void ends.push(end as () => Promise<void>) })
  halfway = createPlainBrowser(server.publicUrl)
  const page = await enterPassword(halfway, erika)
  journey = pathOfPage(page)
  version = readForm(page).hidden.version ?? ''
  inside = createPlainBrowser(server.publicUrl)
  await inside.answer(await enterPassword(inside, erika), { action: 'skip' })
  assert.equal((await inside.get('/')).status, 200)
  // The first request to OIDC makes its keys.
  assert.equal((await inside.get('/oidc/jwks')).status, 200)
})

after(async () => {
  for (const end of ends) await end()
})

/** Sends it, and makes sure that nothing of the database has changed and the answer shows nothing internal. */
async function ask(sent: WireRequest): Promise<WireReply> {
  const dump = await dumpTables(server.db)
  const reply = await sendRequest(server.publicUrl, sent)
  checkReply(reply)
  assert.equal(await dumpTables(server.db), dump)
  return reply
}

function checkReply({ status, text, cookies }: WireReply): void {
  assert.ok(status < 500, `${status}: ${text.slice(-2000)}`)
  assert.doesNotMatch(text, /\bat .*:\d+:\d+|node_modules|[/\\]src[/\\]|SQLITE|TypeError/)
  const opened = cookies.filter((cookie) => /session=[^;]/.test(cookie))
  assert.deepEqual(opened, [])
}

/** The page or the JSON of this fault. */
function checkFault(reply: WireReply, code: FaultCode): void {
  assert.equal(reply.status, faultStatus[code], reply.text.slice(-2000))
  assert.equal(reply.headers['cache-control'], 'no-store')
  assert.match(reply.headers['content-type'] ?? '', /^text\/html/)
  assert.ok(reply.text.includes(`>${de[`error.${code}.title`]}<`), reply.text.slice(-2000))
}

const form = 'application/x-www-form-urlencoded'

/** Addresses that take forms, and whose cookies they need. */
const forms: readonly { name: string; path: () => string; who: () => PlainBrowser }[] = [
  { name: 'POST /login', path: () => '/login', who: () => halfway },
  { name: 'POST /login/:journey', path: () => journey, who: () => halfway },
  { name: 'POST /logout', path: () => '/logout', who: () => inside },
  {
    name: 'POST /account/second-factor/offer-again',
    path: () => '/account/second-factor/offer-again',
    who: () => inside,
  },
  { name: 'POST /setup', path: () => '/setup', who: () => halfway },
  { name: 'POST /not-me', path: () => '/not-me', who: () => halfway },
]

/** A form that would be accepted without the change of the test. */
async function goodFields(who: PlainBrowser): Promise<string> {
  const page = who === halfway ? await who.get(journey) : await who.get('/logout')
  const { form_token = '' } = readForm(page).hidden
  return new URLSearchParams({ version, form_token, action: 'skip', username: 'nobody' }).toString()
}

interface Bad {
  readonly name: string
  readonly code: FaultCode
  readonly body?: (good: string) => string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly cookie?: string
  /** The browser seems to send no cookie: the login page says so. */
  readonly isCookieless?: boolean
}

const bad: readonly Bad[] = [
  { name: 'without a type', code: 'unsupported_media_type', headers: { 'content-type': '' } },
  {
    name: 'as JSON',
    code: 'unsupported_media_type',
    headers: { 'content-type': 'application/json' },
    body: () => '{"form_token":"x"}',
  },
  {
    name: 'as multipart',
    code: 'unsupported_media_type',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: () => '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
  },
  {
    name: 'as plain text',
    code: 'unsupported_media_type',
    headers: { 'content-type': 'text/plain' },
  },
  { name: 'with a field twice', code: 'bad_request', body: (good) => `${good}&version=0` },
  { name: 'with a broken percent sign', code: 'bad_request', body: (good) => `${good}&a=%zz` },
  {
    name: 'with percent signs that are not UTF-8',
    code: 'bad_request',
    body: (good) => `${good}&a=%ff`,
  },
  {
    name: 'that is not UTF-8',
    code: 'bad_request',
    body: (good) => Buffer.concat([Buffer.from(good), Buffer.from([0x26, 0xff, 0x3d])]),
  },
  {
    name: 'that is compressed',
    code: 'bad_request',
    headers: { 'content-encoding': 'gzip' },
    body: () => new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
  },
  {
    name: 'with too many fields',
    code: 'bad_request',
    body: (good) => `${good}${Array.from({ length: 60 }, (_, i) => `&f${i}=`).join('')}`,
  },
  {
    name: 'that is too large',
    code: 'too_large',
    body: (good) => `${good}&a=${'x'.repeat(65_536)}`,
  },
  {
    name: 'without a form token',
    code: 'bad_form_token',
    body: (good) => good.replace('form_token', 'x'),
  },
  {
    name: 'with a made-up form token',
    code: 'bad_form_token',
    body: (good) => good.replace('form_token=', 'form_token=x'),
  },
  { name: 'without fields', code: 'bad_form_token', body: () => '' },
  {
    name: 'that is called prototype',
    code: 'bad_form_token',
    body: () => '__proto__=1&constructor=2',
  },
  {
    name: 'from another site',
    code: 'foreign_origin',
    headers: { 'sec-fetch-site': 'cross-site' },
  },
  {
    name: 'from a sibling site',
    code: 'foreign_origin',
    headers: { 'sec-fetch-site': 'same-site' },
  },
  {
    name: 'from another origin',
    code: 'foreign_origin',
    headers: { origin: 'https://evil.example' },
  },
  {
    name: 'with the cookie of another browser',
    code: 'bad_form_token',
    cookie: 'einlass_browser=other',
  },
  {
    name: 'with the cookie twice',
    code: 'bad_form_token',
    cookie: 'einlass_browser=a; einlass_browser=b',
    isCookieless: true,
  },
  { name: 'without cookies', code: 'bad_form_token', cookie: '', isCookieless: true },
]

for (const { name, path, who } of forms) {
  for (const wrong of bad) {
    test(`${name} ${wrong.name} is refused`, async () => {
      const good = await goodFields(who())
      const reply = await ask({
        method: 'POST',
        path: path(),
        headers: {
          'content-type': form,
          cookie: wrong.cookie ?? who().cookieHeader(),
          ...wrong.headers,
        },
        body: wrong.body?.(good) ?? good,
      })
      if (path() === '/login' && wrong.isCookieless) {
        assert.equal(reply.status, 403)
        assert.ok(reply.text.includes(de['cookies.title']))
        return
      }
      checkFault(reply, wrong.code)
    })
  }
}

const badVersions = [
  'version=',
  'version=-1',
  'version=1.5',
  'version=x',
  'v=1',
  'version=1234567890',
]

for (const { name, path } of forms.slice(0, 2)) {
  for (const part of badVersions) {
    test(`${name} with ${part} is refused`, async () => {
      const body = (await goodFields(halfway)).replace(`version=${version}`, part)
      const headers = { 'content-type': form, cookie: halfway.cookieHeader() }
      checkFault(await ask({ method: 'POST', path: path(), headers, body }), 'bad_request')
    })
  }

  test(`${name} with a field that is too long is refused`, async () => {
    const body = `${await goodFields(halfway)}&password=${'x'.repeat(5000)}`
    const headers = { 'content-type': form, cookie: halfway.cookieHeader() }
    checkFault(await ask({ method: 'POST', path: path(), headers, body }), 'bad_request')
  })
}

/** Addresses and the methods that they have. */
const addresses: readonly [path: string, allowed: string][] = [
  ['/', 'GET, HEAD'],
  ['/account', 'GET, HEAD'],
  ['/forgot-password', 'GET, HEAD, POST'],
  ['/forgot-password/sent', 'GET, HEAD'],
  ['/forgot-password/link', 'GET, HEAD, POST'],
  ['/forgot-password/link/some', 'GET, HEAD'],
  ['/login', 'GET, HEAD, POST'],
  ['/login/some', 'GET, HEAD, POST'],
  ['/login/some/status', 'GET, HEAD'],
  ['/logout', 'GET, HEAD, POST'],
  ['/account/second-factor/offer-again', 'GET, HEAD, POST'],
  ['/setup', 'GET, HEAD, POST'],
  ['/setup/some', 'GET, HEAD'],
  ['/not-me', 'GET, HEAD, POST'],
  ['/not-me/some', 'GET, HEAD, POST'],
  ['/healthz', 'GET, HEAD'],
  ['/readyz', 'GET, HEAD'],
  ['/assets/some', 'GET, HEAD'],
]

for (const [path, allowed] of addresses) {
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    if (allowed.split(', ').includes(method)) continue
    test(`${method} ${path} is refused as a method that is not allowed`, async () => {
      const reply = await ask({ method, path, headers: { cookie: inside.cookieHeader() } })
      checkFault(reply, 'method_not_allowed')
      assert.equal(reply.headers.allow, allowed)
    })
  }
}

test('HEAD gives the same status as GET, without a body', async () => {
  for (const path of ['/login', '/forgot-password', '/healthz', '/readyz']) {
    const reply = await ask({ method: 'HEAD', path })
    assert.deepEqual([path, reply.status, reply.text], [path, 200, ''])
  }
})

const nowhere = [
  '/nowhere',
  '/login/',
  '//',
  '//evil.example/login',
  '/login/a/b/c',
  '/LOGIN',
  '/setup/',
  '/index.html',
  '/.env',
  '/.git/config',
  '/login%2f',
  '/%00',
  '/%zz',
  '/%ff',
  '/login%0d%0aset-cookie:%20a=b',
  '/wp-login.php?lang=xx',
  '/__proto__',
  '/constructor',
]

for (const path of nowhere) {
  test(`${path} is not found`, async () => {
    checkFault(await ask({ path }), 'not_found')
  })
}

const journeys = ['some', 'a'.repeat(3000), '%00', "'--", '..%2f..', '%F0%9F%90%88', '__proto__']

for (const id of journeys) {
  test(`an unknown journey, ${id.slice(0, 20)}, is answered as ended`, async () => {
    const headers = { cookie: halfway.cookieHeader() }
    const page = await ask({ path: `/login/${id}`, headers })
    assert.equal(page.status, 404)
    assert.ok(page.text.includes(de['journey.ended.title']))
    const status = await ask({ path: `/login/${id}/status`, headers })
    assert.deepEqual([status.status, JSON.parse(status.text)], [404, { error: 'not_found' }])
    const events = await ask({ path: `/login/${id}/events`, headers })
    assert.ok([204, 404].includes(events.status))
  })
}

test('a browser cannot see the journey of another browser', async () => {
  for (const headers of [
    {},
    { cookie: 'einlass_browser=other' },
    { cookie: inside.cookieHeader() },
  ]) {
    assert.equal((await ask({ path: journey, headers })).status, 404)
    assert.equal((await ask({ path: `${journey}/status`, headers })).status, 404)
    assert.equal((await ask({ path: `${journey}/events`, headers })).status, 204)
  }
})

const traversals = [
  '/assets/',
  '/assets/../package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/assets/....//package.json',
  '/assets//etc/passwd',
  '/assets/%00',
  '/assets/__proto__',
  '/assets/constructor',
]

for (const path of traversals) {
  test(`${path} is not found below /assets`, async () => {
    const reply = await ask({ path })
    assert.equal(reply.status, 404)
    assert.doesNotMatch(reply.text, /"name": "einlass"|root:/)
  })
}

test('a backslash in a path is a bad request with a page', async () => {
  for (const path of ['/assets/..\\..\\package.json', '/\\evil.example', '/login\\x']) {
    const reply = await ask({ path, headers: { host: 'weird host' } })
    assert.equal(reply.status, 400)
    assert.match(reply.text, /<h1/)
  }
})

const openRedirects = [
  '//evil.example/?lang=de',
  '///evil.example/?lang=de',
  '/\\evil.example/?lang=de',
  '/.//evil.example?lang=en',
  '/%2f/evil.example?lang=en',
  '/%5cevil.example?lang=en',
  '/login?lang=en&continue=//evil.example',
  '/?lang=de&lang=//evil.example',
  '/https://evil.example?lang=de',
]

for (const path of openRedirects) {
  test(`the language switch of ${path} never leads to another origin`, async () => {
    const reply = await ask({ path })
    if (reply.status === 400) return
    assert.equal(reply.status, 303)
    const location = new URL(reply.headers.location ?? '', server.publicUrl)
    assert.equal(location.origin, server.publicUrl)
    assert.equal(location.searchParams.has('lang'), false)
  })
}

test('the language switch keeps the rest of the query', async () => {
  const reply = await ask({ path: '/login?a=1&lang=en&continue=x%2Fy&b=%C3%A4' })
  assert.equal(reply.headers.location, '/login?a=1&continue=x%2Fy&b=%C3%A4')
  assert.match(reply.cookies[0] ?? '', /^einlass_language=en; .*Max-Age=/)
})

test('an unknown language in the address changes nothing', async () => {
  for (const path of ['/login?lang=', '/login?lang=xx', '/login?lang=%0d%0a', '/login?lang']) {
    const reply = await ask({ path })
    assert.equal(reply.status, 200)
    assert.ok(!reply.cookies.some((cookie) => cookie.includes('language')))
  }
})

test('a forged or repeated continuation parameter is answered as expired', async () => {
  const body = Buffer.from(JSON.stringify({ returnTo: 'https://evil.example', iat: Date.now() }))
  const forged = [
    'x',
    '.',
    'a.b.c',
    `${body.toString('base64url')}.${'A'.repeat(43)}`,
    '%00',
    '__proto__.a',
    'x'.repeat(8000),
  ]
  for (const text of forged) {
    const reply = await ask({ path: `/login?continue=${text}` })
    assert.equal(reply.status, 410, text.slice(0, 50))
    assert.ok(reply.text.includes(de['journey.expired.title']))
    assert.doesNotMatch(reply.text, /evil\.example/)
    const headers = { 'content-type': form, cookie: halfway.cookieHeader() }
    const path = `/login?continue=${text}`
    const posted = await ask({ method: 'POST', path, headers, body: await goodFields(halfway) })
    assert.equal(posted.status, 410)
  }
  assert.equal((await ask({ path: '/login?continue=a.b&continue=a.b' })).status, 410)
  assert.equal((await ask({ path: '/login?continue=' })).status, 410)
})

test('no answer contains the host name of the request headers', async () => {
  const paths = [
    '/login',
    '/forgot-password',
    '/nowhere',
    '/?lang=de',
    '/oidc/.well-known/openid-configuration',
    '/oidc/auth',
    '/setup/x',
  ]
  const hosts = [
    'evil.example',
    'evil.example:99',
    'EVIL.example',
    '"><script>',
    'a b',
    'evil.example/x',
    '[::1',
    '',
  ]
  for (const path of paths) {
    for (const host of hosts) {
      const headers = { host, 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
      const reply = await ask({ path, headers })
      assert.doesNotMatch(reply.text + JSON.stringify(reply.headers), /evil\.example|<script>/i)
    }
  }
})

test('a host name in the request line is ignored or refused, and no answer contains it', async () => {
  for (const path of [
    'http://evil.example/login',
    'http://evil.example//x?lang=de',
    'ftp://x/',
    'x',
    '*',
  ]) {
    const reply = await ask({ path })
    assert.doesNotMatch(reply.text + JSON.stringify(reply.headers), /evil\.example/)
    const { location = 'http://none.example' } = reply.headers
    const isOwn =
      reply.status === 303
        ? new URL(location, server.publicUrl).origin === server.publicUrl
        : reply.text.includes('name="password"')
    assert.ok(isOwn || reply.status >= 400, `${path} ${reply.status}`)
  }
})

test('a line break in an address does not reach the Location header', async () => {
  for (const path of ['/login?lang=de&x=%0d%0aset-cookie:a=b', '/%0d%0ax:y?lang=en']) {
    const { location = '' } = (await ask({ path })).headers
    assert.doesNotMatch(location, /[\r\n]/)
  }
})

const phone = '/am/json/push/sns/message'
const phoneBodies = [
  '',
  '{}',
  '[]',
  'null',
  '{"jwt":1}',
  '{"messageId":"x","jwt":"a.b.c"}',
  '\u0000',
  'x'.repeat(9000),
]

for (const action of ['register', 'authenticate', 'refresh', '', 'constructor']) {
  test(`an invalid phone message to ${action} is refused with a JSON answer`, async () => {
    for (const body of phoneBodies) {
      const headers = { 'content-type': 'application/json' }
      const reply = await ask({ method: 'POST', path: `${phone}?_action=${action}`, headers, body })
      assert.equal(reply.status, 400)
      assert.equal(JSON.parse(reply.text).code, 400)
      assert.deepEqual(reply.cookies, [])
    }
  })
}

test('the address for phones accepts only POST', async () => {
  for (const method of ['GET', 'PUT', 'OPTIONS', 'TRACE']) {
    assert.equal((await ask({ method, path: `${phone}?_action=register` })).status, 405)
  }
})

const oidcRequests: readonly [path: string, method?: string, body?: string][] = [
  ['/oidc/nowhere'],
  ['/oidc/'],
  ['/oidc/auth'],
  ['/oidc/auth?client_id=nobody'],
  ['/oidc/auth?client_id=wiki&redirect_uri=https://evil.example/&response_type=code'],
  ['/oidc/auth?client_id=wiki&client_id=wiki'],
  ['/oidc/auth/some'],
  ['/oidc/token'],
  ['/oidc/token', 'POST', 'grant_type=authorization_code&code=x&client_id=wiki'],
  ['/oidc/token', 'POST', 'grant_type=password'],
  ['/oidc/token', 'POST', '%zz'],
  ['/oidc/me'],
  ['/oidc/session/end/confirm', 'POST', 'logout=yes'],
  ['/oidc/%00'],
  ['/sso/oidc/some'],
  ['/sso/oidc/some', 'POST', 'a=b'],
]

for (const [path, method = 'GET', body] of oidcRequests) {
  test(`${method} ${path} is refused`, async () => {
    const headers = { ...(body && { 'content-type': form }) }
    const reply = await ask({ path, method, headers, ...(body && { body }) })
    assert.ok(reply.status >= 400 || reply.status === 303, `${reply.status}`)
    assert.doesNotMatch(reply.headers.location ?? '', /evil/)
  })
}

test('the server refuses a body with too large a Content-Length before it is sent', async () => {
  for (const path of ['/login', '/logout', `${phone}?_action=register`]) {
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${form}\r\nContent-Length: 10000000000\r\n\r\n`
    const { answer } = await sendWithoutEnd(server.publicUrl, head, '')
    assert.match(
      answer,
      path === '/login' || path === '/logout' ? /^HTTP\/1\.1 413 / : /^HTTP\/1\.1 400 /,
    )
  }
})

test('the server refuses an endless body and stops reading it', async () => {
  const head = `POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: ${form}\r\nTransfer-Encoding: chunked\r\n\r\n`
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
  const { answer, written } = await sendWithoutEnd(server.publicUrl, head, chunk)
  assert.match(answer, /^HTTP\/1\.1 413 /)
  assert.ok(written < 32 * 1024 * 1024, `${written} bytes`)
})

test('a request with too large headers is refused', async () => {
  const { status } = await sendRequest(server.publicUrl, {
    path: '/login',
    headers: { 'x-flood': 'x'.repeat(40_000) },
  })
  assert.equal(status, 431)
})

test('invalid HTTP gets status 400 and the end of the connection', async () => {
  for (const head of [
    '\u0016\u0003\u0001\u0002\u0000\r\n\r\n',
    'GET /login\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
  ]) {
    const { answer } = await sendWithoutEnd(server.publicUrl, head, '')
    assert.match(answer, /^HTTP\/1\.1 400 /)
  }
})

test('A48: the server ends a request whose body arrives too slowly', async () => {
  const { http } = server.server
  assert.ok(http.headersTimeout > 0 && http.headersTimeout <= seconds(15))
  assert.ok(http.requestTimeout > 0 && http.requestTimeout <= seconds(15))
  assert.ok(http.keepAliveTimeout > 0)
  const head = `POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: ${form}\r\nContent-Length: 99\r\n\r\nusername=e`
  const { answer } = await sendWithoutEnd(server.publicUrl, head, '')
  assert.match(answer, /^HTTP\/1\.1 408 /)
})

const paths = () => [
  ...addresses.map(([path]) => path),
  journey,
  `${journey}/status`,
  `${phone}?_action=authenticate`,
  '/oidc/auth',
  '/oidc/token',
  '/sso/oidc/some',
  '/nowhere',
]
const visible = fc.string({
  unit: fc.integer({ min: 0x21, max: 0xff }).map((c) => String.fromCharCode(c)),
})
const value = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((c) => c !== 0x7f)
    .map((c) => String.fromCharCode(c)),
})
const headerName = fc.constantFrom(
  ...['accept', 'accept-language', 'cookie', 'content-type', 'host', 'origin', 'referer'],
  ...['sec-fetch-site', 'user-agent', 'x-forwarded-for', 'x-forwarded-proto', 'authorization'],
)

test('random requests to every address never cause a server error or a change in the database', async () => {
  const garbage = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'QUERY'),
    path: fc.nat().map((n) => paths()[n % paths().length] ?? '/'),
    more: fc.oneof(
      fc.constant(''),
      visible,
      visible.map((text) => `?${text}`),
      visible.map((text) => `?continue=${text}`),
    ),
    headers: fc.dictionary(headerName, value, { maxKeys: 5 }),
    body: fc.oneof(fc.constant(''), fc.string(), fc.webQueryParameters()),
    isForm: fc.boolean(),
  })
  const dump = await dumpTables(server.db)
  await fc.assert(
    fc.asyncProperty(garbage, async ({ method, path, more, headers, body, isForm }) => {
      const sent = isForm ? { ...headers, 'content-type': form } : headers
      const hasBody = !['GET', 'HEAD'].includes(method)
      checkReply(
        await sendRequest(server.publicUrl, {
          method,
          path: `${path}${more}`,
          headers: sent,
          ...(hasBody && { body: Buffer.from(body) }),
        }),
      )
    }),
    { numRuns: 400, endOnFailure: true },
  )
  assert.equal(await dumpTables(server.db), dump)
})

test('random values in a valid form never cause a server error or a change in the database', async () => {
  const dump = await dumpTables(server.db)
  const headers = { 'content-type': form, cookie: halfway.cookieHeader() }
  const { form_token = '' } = readForm(await halfway.get(journey)).hidden
  const fields = fc.record({
    username: fc.string({ unit: 'binary' }),
    password: fc.string({ unit: 'binary' }),
    action: fc.string({ unit: 'binary' }),
  })
  await fc.assert(
    fc.asyncProperty(fields, fc.constantFrom('/login', journey), async (typed, path) => {
      const body = new URLSearchParams({ ...typed, version, form_token }).toString()
      checkReply(await sendRequest(server.publicUrl, { method: 'POST', path, headers, body }))
    }),
    { numRuns: 60, endOnFailure: true },
  )
  assert.equal(await dumpTables(server.db), dump)
})

test('after all bad input the log has no error, and the open login can be completed', async () => {
  assert.deepEqual(server.errors, [])
  const done = await halfway.answer(await halfway.get(journey), { action: 'skip' })
  assert.equal(done.status, 200)
  assert.notEqual(halfway.cookie('einlass_session'), undefined)
})
