import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOrigin, createFormTokens } from './form-token.ts'

const publicUrl = 'https://login.example.org'
const tokens = createFormTokens({ key: new Uint8Array(32).fill(1), publicUrl })
const fault = (code: string) => ({ name: 'Fault', code })

test('a token is valid for the browser for which it was issued', () => {
  tokens.check(new Headers(), 'browser', tokens.issue('browser'))
})

test('a missing token, that of another browser and an altered one are refused', () => {
  const own = tokens.issue('browser')
  const altered = `${own.slice(0, -1)}${own.endsWith('A') ? 'B' : 'A'}`
  for (const token of [undefined, '', tokens.issue('other'), altered, `${own} `, own.slice(1)]) {
    assert.throws(() => tokens.check(new Headers(), 'browser', token), fault('bad_form_token'))
  }
})

test('a token of another key is refused', () => {
  const others = createFormTokens({ key: new Uint8Array(32).fill(2), publicUrl })
  const token = others.issue('browser')
  assert.throws(() => tokens.check(new Headers(), 'browser', token), fault('bad_form_token'))
})

test('the token does not reveal the cookie', () => {
  assert.doesNotMatch(tokens.issue('browser-secret'), /browser-secret/)
})

test('a form on another site is refused, even with a good token', () => {
  const token = tokens.issue('browser')
  for (const site of ['cross-site', 'same-site', 'none', 'unknown', '']) {
    const headers = new Headers({ 'sec-fetch-site': site })
    assert.throws(() => tokens.check(headers, 'browser', token), fault('foreign_origin'), site)
  }
})

test('a form on another origin is refused even if the browser sends only an Origin header', () => {
  const foreign = [
    'https://evil.example',
    'http://login.example.org',
    'https://login.example.org:8443',
    'https://login.example.org.evil.example',
    'https://sub.login.example.org',
    `${publicUrl}/`,
    'NULL',
  ]
  for (const origin of foreign) {
    assert.throws(
      () => checkOrigin(new Headers({ origin }), publicUrl),
      fault('foreign_origin'),
      origin,
    )
  }
})

test('forms on our own pages are accepted, also from browsers that send no origin or site', () => {
  checkOrigin(new Headers(), publicUrl)
  checkOrigin(new Headers({ origin: publicUrl }), publicUrl)
  checkOrigin(new Headers({ origin: 'null' }), publicUrl)
  checkOrigin(new Headers({ 'sec-fetch-site': 'same-origin' }), publicUrl)
  checkOrigin(new Headers({ 'sec-fetch-site': 'same-origin', origin: 'null' }), publicUrl)
})

test('a right origin does not override a cross-site header', () => {
  const headers = new Headers({ 'sec-fetch-site': 'cross-site', origin: publicUrl })
  assert.throws(() => checkOrigin(headers, publicUrl), fault('foreign_origin'))
})
