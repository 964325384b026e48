import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findRelyingParty } from './site.ts'

test('passkeys belong to the host of an https address, and on one machine to localhost', () => {
  assert.deepEqual(findRelyingParty('https://login.example:8443'), {
    rpId: 'login.example',
    origin: 'https://login.example:8443',
  })
  assert.deepEqual(findRelyingParty('http://localhost:8080'), {
    rpId: 'localhost',
    origin: 'http://localhost:8080',
  })
})

test('there are no passkeys where browsers have none', () => {
  for (const url of ['https://192.0.2.7', 'https://[2001:db8::7]:443', 'http://login.example']) {
    assert.equal(findRelyingParty(url), undefined, url)
  }
})
