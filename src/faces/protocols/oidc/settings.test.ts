import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { oidcAppSettingsSchema } from './settings.ts'

test('redirect URIs are https, or http on this machine', () => {
  const good = [
    'https://mail.example/callback',
    'https://mail.example:8443/callback?fixed=1',
    'http://localhost:3000/callback',
    'http://127.0.0.1:3000/',
    'http://[::1]:3000/',
    'http://mail.localhost/',
  ]
  for (const uri of good) {
    assert.ok(oidcAppSettingsSchema.safeParse({ redirectUris: [uri] }).success, uri)
  }
})

test('redirect URIs that could lead elsewhere are refused (A27)', () => {
  const bad = [
    '',
    '/callback',
    'mail.example/callback',
    '//mail.example/callback',
    'http://mail.example/callback',
    'http://localhost.evil.example/',
    'http://127.0.0.1.evil.example/',
    'http://evil.example/127.0.0.1',
    'https://mail.example/#part',
    'https://mail.example/*',
    'https://*.example/',
    'https://user@mail.example/',
    'https://mail.example@evil.example/',
    ' https://mail.example/',
    'https://mail.example/\n',
    'https://mail.example/\u200b',
    'https://mäil.example/',
    'javascript:alert(1)',
    'JavaScript://mail.example/%0aalert(1)',
    'data:text/html,x',
    'ftp://mail.example/',
    'https:',
    `https://mail.example/${'a'.repeat(2000)}`,
  ]
  for (const uri of bad) {
    assert.ok(!oidcAppSettingsSchema.safeParse({ redirectUris: [uri] }).success, uri)
  }
  assert.ok(!oidcAppSettingsSchema.safeParse({ redirectUris: [] }).success)
})

test('whatever is accepted as a redirect URI parses to the host that it shows', () => {
  const piece = fc.constantFrom(
    'https://',
    'http://',
    'localhost',
    'a.example',
    '@',
    '/',
    '\\',
    '#',
    '*',
    ':',
    '?',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const uri = pieces.join('')
      fc.pre(oidcAppSettingsSchema.safeParse({ redirectUris: [uri] }).success)
      const url = new URL(uri)
      assert.equal(url.username + url.password + url.hash, '')
      assert.ok(url.protocol === 'https:' || url.hostname === 'localhost')
    }),
  )
})
