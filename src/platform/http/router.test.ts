import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRouter, type Route } from './router.ts'

const route = (method: Route['method'], path: string, kind: Route['kind'] = 'page'): Route => ({
  kind,
  method,
  path,
  name: `${method} ${path}`,
})

const routes = [
  route('GET', '/'),
  route('GET', '/login'),
  route('POST', '/login'),
  route('GET', '/login/:journey'),
  route('GET', '/login/:journey/events', 'raw'),
  route('GET', '/things/add'),
  route('POST', '/things/add/:kind'),
  route('GET', '/things/:id'),
  route('POST', '/things/:id/:act'),
  route('ANY', '/raw/*', 'raw'),
  route('ANY', '/json/**/message', 'plain'),
]
const router = createRouter(routes)

const found = (method: string, path: string) => {
  const match = router.find(method, path)
  return match.type === 'found' ? [match.route.path, { ...match.params }] : match.type
}

test('a fixed segment matches only itself, and a parameter matches any segment', () => {
  assert.deepEqual(found('GET', '/'), ['/', {}])
  assert.deepEqual(found('POST', '/login'), ['/login', {}])
  assert.deepEqual(found('GET', '/login/a.b'), ['/login/:journey', { journey: 'a.b' }])
  assert.deepEqual(found('POST', '/things/a/b'), ['/things/:id/:act', { id: 'a', act: 'b' }])
  for (const path of ['', 'login', '/LOGIN', '/login/', '//login', '/login//events', '/lo%67in']) {
    assert.equal(found('GET', path), 'not_found', path)
  }
})

test('a fixed segment has precedence over a parameter', () => {
  assert.deepEqual(found('GET', '/things/add'), ['/things/add', {}])
  assert.deepEqual(found('POST', '/things/add/x'), ['/things/add/:kind', { kind: 'x' }])
  assert.equal(found('POST', '/things/add'), 'method_not_allowed')
})

test('a parameter is decoded, and a path that cannot be decoded is not found', () => {
  assert.deepEqual(found('GET', '/login/%C3%A4%2F'), ['/login/:journey', { journey: 'ä/' }])
  for (const path of ['/login/%', '/login/%zz', '/login/%ff', '/login/%C3']) {
    assert.equal(found('GET', path), 'not_found', path)
  }
})

test('a star matches everything below its slash, without decoding', () => {
  for (const path of ['/raw/', '/raw/a/b', '/raw//', '/raw/%zz', '/raw/../x']) {
    assert.deepEqual(found('PUT', path), ['/raw/*', {}], path)
  }
  for (const path of ['/raw', '/raws/a']) assert.equal(found('PUT', path), 'not_found', path)
})

test('two stars take any number of plain segments', () => {
  for (const path of ['/json/message', '/json/a/message', '/json/a.b/c-d/e_f/message']) {
    assert.deepEqual(found('PUT', path), ['/json/**/message', {}], path)
  }
  const not = [
    '/json/messages',
    '/jsonmessage',
    '/json//message',
    '/json/%41/message',
    '/json/xmessage',
  ]
  for (const path of not) assert.equal(found('PUT', path), 'not_found', path)
})

test('a GET route also answers HEAD, except a raw route', () => {
  assert.deepEqual(found('HEAD', '/login/a'), ['/login/:journey', { journey: 'a' }])
  const refused = router.find('HEAD', '/login/a/events')
  assert.deepEqual(refused, { type: 'method_not_allowed', kind: 'raw', allow: ['GET'] })
})

test('a method that a path does not support gets the methods that it supports', () => {
  const allowed = (path: string) => {
    const match = router.find('DELETE', path)
    return match.type === 'method_not_allowed' ? match.allow : match.type
  }
  assert.deepEqual(allowed('/login'), ['GET', 'HEAD', 'POST'])
  assert.deepEqual(allowed('/things/a/b'), ['POST'])
  assert.deepEqual(allowed('/nowhere'), 'not_found')
})

test('two routes for the same requests are refused', () => {
  const pairs = [
    [route('GET', '/a'), route('GET', '/a')],
    [route('GET', '/:a'), route('GET', '/:b')],
    [route('ANY', '/a'), route('POST', '/a')],
    [route('ANY', '/a/*'), route('GET', '/a/*')],
    [route('GET', '/a/**/b'), route('GET', '/a/**/b')],
  ]
  for (const pair of pairs) assert.throws(() => createRouter(pair), /two routes/)
  createRouter([route('GET', '/a'), route('POST', '/a'), route('GET', '/:a')])
})

/** Whether a path could be meant by a pattern, without any order among patterns. */
function couldMatch(pattern: string, path: string): boolean {
  const source = pattern
    .replace(/\/\*\*\//g, '/(?:[\\w.-]+/)*')
    .replace(/\/\*$/, '/[^]*')
    .replace(/:\w+/g, '[^/]+')
  return new RegExp(`^${source}$`).test(path)
}

const words = ['', 'login', 'things', 'add', 'raw', 'json', 'message', 'events', 'a', '%41', '%zz']
const paths = fc.oneof(
  fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((bytes) => `/${Buffer.from(bytes).toString('latin1')}`),
)

test('any path matches one route or none, and never causes an error', () => {
  fc.assert(
    fc.property(paths, fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', ''), (path, method) => {
      const match = router.find(method, path)
      const meant = routes.filter((one) => couldMatch(one.path, path))
      if (match.type === 'found') assert.ok(meant.includes(match.route))
      else if (match.type === 'method_not_allowed') assert.ok(meant.length > 0)
      else if (!path.includes('%')) assert.equal(meant.length, 0)
    }),
    { numRuns: 2000 },
  )
})

test('the order of a table does not matter', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(routes, { minLength: routes.length }),
      paths,
      (shuffled, path) => {
        const [one, other] = [router, createRouter(shuffled)].map((each) => each.find('POST', path))
        assert.equal(one?.type, other?.type)
        if (one?.type === 'found' && other?.type === 'found') assert.equal(one.route, other.route)
      },
    ),
  )
})
