import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPem, shortenTyped } from './typed-text.ts'

test('a long text is shortened, and the text of a PEM is not shown', () => {
  assert.equal(shortenTyped('a "b"'), '"a \\"b\\""')
  assert.equal(shortenTyped('a'.repeat(300)).length, 202)
  const key = '\n-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----'
  assert.equal(shortenTyped(key), `PEM of ${key.length} characters`)
  assert.ok(isPem(key))
  assert.ok(!isPem('MIIB'))
})
