import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { oidcAppSettingsSchema } from './settings.ts'

test('redirect URIs can be https, or http on a loopback host', () => {
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

test('a native app can have redirect URIs with a reverse domain name as scheme, and on a loopback host', () => {
  const accepts = (uri: string, applicationType = 'native', more = {}) =>
    oidcAppSettingsSchema.safeParse({ redirectUris: [uri], applicationType, ...more }).success
  const own = ['com.example.app:/callback', 'org.example-2.mail:/a?b=c', 'com.example.app://host/x']
  for (const uri of [...own, 'http://127.0.0.1/cb', 'http://[::1]:5/cb', 'http://localhost/']) {
    assert.ok(accepts(uri), uri)
    assert.equal(accepts(uri, 'web'), uri.startsWith('http'), uri)
  }
  assert.ok(accepts('https://app.example/claimed'))
  const bad = [
    ...['javascript:alert(1)', 'JavaScript:alert(1)', 'data:text/html,x', 'file:///etc/passwd'],
    ...['myapp:/callback', 'com.example.app:/*', 'com.example.app:/a#b', '.app:/a', 'com..app:/a'],
    ...[
      'https://localhost/cb',
      'http://app.localhost/cb',
      'http://10.0.0.1/cb',
      'ftp://a.example/',
    ],
  ]
  for (const uri of bad) assert.ok(!accepts(uri), uri)
  assert.ok(!accepts('com.example.app:/callback', 'native', { pkce: 'optional' }))
})

test('every accepted redirect URI is https or on localhost, without user, password and fragment', () => {
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
