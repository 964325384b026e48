// What holds for the answers of every address, asked by each method, whatever the answer is.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { allRoutes } from '../src/faces/routes.ts'
import { listIconNames, saveIcon } from '../src/identity/apps/app-icons.ts'
import { startInProcess } from './support/in-process.ts'
import { sendRequest, sendWithoutEnd, type WireReply } from './support/wire.ts'

const ends: (() => Promise<void>)[] = []
let origin: string
const replies: { readonly asked: string; readonly reply: WireReply }[] = []

/** Parameters and stars get a value that leads nowhere. */
const paths = [...new Set(allRoutes.map(({ path }) => path))].map((path) =>
  path.replace(/:\w+/g, 'some').replace(/\*+/g, 'some'),
)
const icon = '<svg xmlns="http://www.w3.org/2000/svg"/>'
const more = [
  ...['/nowhere', '/oidc/jwks', '/oidc/.well-known/openid-configuration', '/oidc/auth?a=b'],
  ...[
    '/saml/metadata',
    '/saml/sso',
    '/saml/slo',
    '/FederationMetadata/2007-06/FederationMetadata.xml',
  ],
  ...['/adfs/ls/?wa=wsignin1.0', '/adfs/ls/?wa=wsignout1.0'],
]

before(async () => {
  const scope = { after: (end: () => Promise<void>) => void ends.push(end) }
  const { db } = await startInProcess(
    scope as Parameters<typeof startInProcess>[0],
    {},
    undefined,
    async (port) => {
      origin = `http://127.0.0.1:${port}`
      return 'https://login.example.org'
    },
  )
  await saveIcon(db, 'wiki', { mediaType: 'image/svg+xml', bytes: Buffer.from(icon) })
  const icons = [...(await listIconNames(db)).values()].map((name) => `/app-icons/${name}`)
  for (const path of [...paths, ...more, ...icons]) {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const reply = await sendRequest(origin, { method, path })
      replies.push({ asked: `${method} ${path}: ${reply.status}`, reply })
    }
  }
})

after(async () => {
  for (const end of ends) await end()
})

/** What of all answers does not hold. */
const listExceptions = (holds: (reply: WireReply) => boolean) =>
  replies.filter(({ reply }) => !holds(reply)).map(({ asked }) => asked)

test('every answer sets HSTS, nosniff and a strict referrer policy', () => {
  assert.ok(replies.length > 150, `${replies.length}`)
  const wanted = {
    'strict-transport-security': /^max-age=31536000; includeSubDomains$/,
    'x-content-type-options': /^nosniff$/,
    'referrer-policy': /^(?:same-origin|no-referrer)$/,
  }
  for (const [name, value] of Object.entries(wanted)) {
    assert.deepEqual(
      listExceptions(({ headers }) => value.test(String(headers[name]))),
      [],
      name,
    )
  }
})

test('mails can show the picture of an app, and the picture runs no script when it is opened directly', () => {
  const { reply } = replies.find(({ asked }) => /^GET \/app-icons\/.*: 200$/.test(asked)) ?? {}
  assert.equal(reply?.headers['content-type'], 'image/svg+xml')
  assert.equal(reply.headers['cross-origin-resource-policy'], undefined)
  assert.match(`${reply.headers['content-security-policy']}`, /default-src 'none'/)
})

test('every answer with a body has a content type, and text has its encoding', () => {
  assert.deepEqual(
    listExceptions(({ text, headers }) => text === '' || headers['content-type'] !== undefined),
    [],
  )
  // A picture says its encoding in itself.
  const isText = ({ headers }: WireReply) =>
    /^text\/|xml/.test(headers['content-type']?.replace('image/svg+xml', '') ?? '')
  assert.deepEqual(
    listExceptions(
      (reply) => !isText(reply) || /charset=utf-8/i.test(reply.headers['content-type'] ?? ''),
    ),
    [],
  )
})

test('the content security policy of every page forbids framing and plugins', () => {
  const isPage = ({ headers }: WireReply) => /html/.test(headers['content-type'] ?? '')
  assert.ok(replies.filter(({ reply }) => isPage(reply)).length > 50)
  const policy = /default-src 'none'.*base-uri 'none'.*frame-ancestors 'none'/
  assert.deepEqual(
    listExceptions(
      (reply) =>
        !isPage(reply) || policy.test(String(reply.headers['content-security-policy'] ?? '')),
    ),
    [],
  )
})

test('no answer of any type can be shown in a frame', () => {
  assert.deepEqual(
    listExceptions(({ headers }) =>
      /(?:^|; )frame-ancestors 'none'(?:;|$)/.test(`${headers['content-security-policy']}`),
    ),
    [],
  )
})

test('only answers of public addresses without cookies may be cached', () => {
  const isPublic =
    /^GET \/(?:assets|app-icons|oidc\/(?:jwks|\.well-known)|authenticator|saml\/metadata|FederationMetadata)/
  const stored = replies.filter(({ reply }) => reply.headers['cache-control'] !== 'no-store')
  assert.deepEqual(
    stored
      .filter(({ asked, reply }) => !isPublic.test(asked) || reply.cookies.length > 0)
      .map(({ asked }) => asked),
    [],
  )
})

test('a request with conflicting or unknown lengths of its body is refused', async () => {
  const head =
    'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n'
  for (const lengths of [
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
    'Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
    'Content-Length: +5\r\n\r\nabcde',
    'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
  ]) {
    const { answer } = await sendWithoutEnd(origin, head + lengths, '')
    assert.match(answer, /^HTTP\/1\.1 400 /, lengths)
    assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, lengths)
  }
})
