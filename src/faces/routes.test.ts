import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readPath } from '../platform/http/request.ts'
import { createRouter } from '../platform/http/router.ts'
import { allRoutes } from './routes.ts'

const router = createRouter(allRoutes)

/** A path that this pattern means. */
const exampleOf = (pattern: string) =>
  pattern.replace(/:\w+/g, 'some').replace('/**/', '/realms/root/').replace('*', 'some')

test('each route is found by its own path', () => {
  for (const route of allRoutes) {
    const method = route.method === 'ANY' ? 'PUT' : route.method
    const match = router.find(method, exampleOf(route.path))
    assert.equal(match.type === 'found' && match.route, route, `${route.method} ${route.path}`)
  }
})

test('each route has a short description', () => {
  for (const { name, path } of allRoutes) assert.match(name, /^\S.{3,60}$/, path)
})

test('any bytes in a path lead to one route or to none, without an error', () => {
  const segments = allRoutes.flatMap(({ path }) => exampleOf(path).split('/'))
  const paths = fc.oneof(
    fc.uint8Array().map((bytes) => `/${Buffer.from(bytes).toString('latin1')}`),
    fc
      .array(fc.oneof(fc.constantFrom(...segments), fc.string({ unit: 'binary' })), {
        maxLength: 6,
      })
      .map((parts) => parts.join('/')),
  )
  fc.assert(
    fc.property(paths, fc.constantFrom('GET', 'HEAD', 'POST', 'PUT'), (url, method) => {
      const path = readPath({ url })
      const match = router.find(method, path ?? '')
      if (path === undefined) assert.equal(match.type, 'not_found')
      assert.ok(['found', 'method_not_allowed', 'not_found'].includes(match.type))
    }),
    { numRuns: 2000 },
  )
})
