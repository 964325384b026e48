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

test('a page may use only the scripts and styles of its hashes', () => {
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

test('a page without scripts and styles allows none', () => {
  const found = directives(contentSecurityPolicy({ styles: [], scripts: [] }))
  assert.equal(found.get('script-src'), `'none'`)
  assert.equal(found.get('style-src'), `'none'`)
})

test('the policy of a page whose form leaves names no origin, and is as strict as any other', () => {
  const [own, https, anywhere] = ([undefined, 'https', 'anywhere'] as const).map((formsLead) =>
    directives(contentSecurityPolicy({ styles: [], scripts: [], formsLead })),
  )
  assert.equal(https?.get('form-action'), 'https:')
  assert.equal(anywhere?.has('form-action'), false)
  for (const found of [own, https, anywhere]) found?.delete('form-action')
  assert.deepEqual(https, own)
  assert.deepEqual(anywhere, own)
})

test('responses forbid caching, content sniffing and framing', () => {
  const headers = commonHeaders({ secure: false })
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['x-frame-options'], 'DENY')
})

test('a document is isolated from other windows and may not use the camera', () => {
  const { 'cross-origin-opener-policy': opener, ...others } = documentHeaders({ secure: true })
  assert.equal(opener, 'same-origin')
  assert.match(others['permissions-policy'] ?? '', /camera=\(\)/)
  assert.deepEqual(
    Object.keys(others).sort(),
    [...Object.keys(commonHeaders({ secure: true })), 'permissions-policy'].sort(),
  )
})

test('HSTS is sent only over https', () => {
  assert.match(
    commonHeaders({ secure: true })['strict-transport-security'] ?? '',
    /^max-age=\d{8}; includeSubDomains$/,
  )
  assert.equal(commonHeaders({ secure: false })['strict-transport-security'], undefined)
})
