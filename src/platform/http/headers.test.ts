import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commonHeaders, contentSecurityPolicy, documentHeaders } from './headers.ts'

function directives(policy: string): Map<string, string> {
  return new Map(
    policy.split('; ').map((one) => {
      const [name = '', ...sources] = one.split(' ')
      return [name, sources.join(' ')]
    }),
  )
}

test('a page runs what its hashes name and nothing else', () => {
  const policy = contentSecurityPolicy({ styles: ['sha256-a'], scripts: ['sha256-b', 'sha256-c'] })
  assert.doesNotMatch(policy, /unsafe|\*|https?:(?!\/\/)/)
  const found = directives(policy)
  assert.equal(found.get('default-src'), `'none'`)
  assert.equal(found.get('style-src'), `'sha256-a'`)
  assert.equal(found.get('script-src'), `'sha256-b' 'sha256-c'`)
  assert.equal(found.get('base-uri'), `'none'`)
  assert.equal(found.get('frame-ancestors'), `'none'`)
  assert.equal(found.get('form-action'), `'self'`)
})

test('a page without scripts allows none', () => {
  const found = directives(contentSecurityPolicy({ styles: [], scripts: [] }))
  assert.equal(found.get('script-src'), `'none'`)
  assert.equal(found.get('style-src'), `'none'`)
})

test('a form leads to one more origin where the page says so', () => {
  const formTarget = 'https://app.example.org'
  const found = directives(contentSecurityPolicy({ styles: [], scripts: [], formTarget }))
  assert.equal(found.get('form-action'), `'self' https://app.example.org`)
  const alone = { styles: [], scripts: [], formTarget, formsLeave: true }
  assert.equal(directives(contentSecurityPolicy(alone)).get('form-action'), formTarget)
})

test('nothing is kept, guessed or framed', () => {
  const headers = commonHeaders({ secure: false })
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['x-frame-options'], 'DENY')
})

test('a document is cut off from others and asks for no camera, which other answers need not say', () => {
  const { 'cross-origin-opener-policy': opener, ...others } = documentHeaders({ secure: true })
  assert.equal(opener, 'same-origin')
  assert.match(others['permissions-policy'] ?? '', /camera=\(\)/)
  assert.deepEqual(
    Object.keys(others).sort(),
    [...Object.keys(commonHeaders({ secure: true })), 'permissions-policy'].sort(),
  )
})

test('https is remembered only where people come by https', () => {
  assert.match(
    commonHeaders({ secure: true })['strict-transport-security'] ?? '',
    /^max-age=\d{8}; includeSubDomains$/,
  )
  assert.equal(commonHeaders({ secure: false })['strict-transport-security'], undefined)
})
