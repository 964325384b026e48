import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findRelyingParty } from './site.ts'

test('the relying party of passkeys is the host of an https address, or localhost', () => {
  assert.deepEqual(findRelyingParty('https://login.example:8443'), {
    rpId: 'login.example',
    origin: 'https://login.example:8443',
  })
  assert.deepEqual(findRelyingParty('http://localhost:8080'), {
    rpId: 'localhost',
    origin: 'http://localhost:8080',
  })
})

test('passkeys are not available at IP addresses and over plain http', () => {
  for (const url of ['https://192.0.2.7', 'https://[2001:db8::7]:443', 'http://login.example']) {
    assert.equal(findRelyingParty(url), undefined, url)
  }
})
