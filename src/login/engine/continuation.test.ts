import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createContinuations, isLocalPath } from './continuation.ts'

const key = new Uint8Array(32).fill(7)
const clockAt = (start: number) => {
  let now = start
  return { now: () => now, advance: (ms: number) => (now += ms) }
}

test('a signed continuation opens to what was signed', () => {
  const continuations = createContinuations({ key, clock: clockAt(1000) })
  const whole = { appId: 'mail', returnTo: '/a?b=c', authenticatedSince: 900, acrValues: ['x'] }
  assert.deepEqual(continuations.open(continuations.sign(whole)), whole)
  assert.deepEqual(continuations.open(continuations.sign({ returnTo: '/' })), { returnTo: '/' })
})

test('the way back of a cancelled login opens as it was signed, and a long query is carried only once', () => {
  const continuations = createContinuations({ key, clock: clockAt(1000) })
  const query = `?request=${'x'.repeat(1000)}`
  const returnTo = `/forward-auth/enter${query}`
  for (const cancelTo of [`/forward-auth/cancel${query}`, '/device', '/a?b=c', '/', returnTo]) {
    for (const back of [returnTo, '/sso/oidc/x']) {
      const whole = { returnTo: back, cancelTo }
      assert.deepEqual(continuations.open(continuations.sign(whole)), whole)
    }
  }
  const signed = continuations.sign({ returnTo, cancelTo: `/forward-auth/cancel${query}` })
  assert.ok(signed.length < 1600, `${signed.length}`)
  assert.throws(() => continuations.sign({ returnTo: '/a?b', cancelTo: '//evil.example/?b' }))
  assert.throws(() => continuations.sign({ returnTo: '/a?b', cancelTo: '?b' }))
})

test('a continuation opens for an hour and no longer', () => {
  const clock = clockAt(1000)
  const continuations = createContinuations({ key, clock })
  const text = continuations.sign({ returnTo: '/' })
  clock.advance(3_600_000 - 1)
  assert.ok(continuations.open(text))
  clock.advance(1)
  assert.equal(continuations.open(text), undefined)
})

test('a continuation signed with another key is refused', () => {
  const clock = clockAt(1000)
  const foreign = createContinuations({ key: new Uint8Array(32).fill(8), clock })
  const own = createContinuations({ key, clock })
  assert.equal(own.open(foreign.sign({ returnTo: '/' })), undefined)
})

test('a continuation with a changed character is refused', () => {
  const continuations = createContinuations({ key, clock: clockAt(1000) })
  const text = continuations.sign({ appId: 'mail', returnTo: '/sso/oidc/abc' })
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ minLength: 0, maxLength: 3 }), (at, by) => {
      fc.pre(text[at] !== by)
      const changed = text.slice(0, at) + by + text.slice(at + 1)
      assert.equal(continuations.open(changed), undefined)
    }),
  )
})

test('arbitrary text never opens and never throws', () => {
  const continuations = createContinuations({ key, clock: clockAt(1000) })
  fc.assert(fc.property(fc.string(), (text) => continuations.open(text) === undefined))
})

test('a continuation can lead only to a path on this server (A27)', () => {
  const continuations = createContinuations({ key, clock: clockAt(1000) })
  const foreign = ['', 'x', '//evil.example', '/\\evil.example', '/a\\b', 'https://evil.example']
  const sneaky = ['/\t/evil.example', '/\n/evil.example', ' /', '\\/', 'javascript:alert(1)', '/ä']
  for (const returnTo of [...foreign, ...sneaky]) {
    assert.throws(() => continuations.sign({ returnTo }), Error, returnTo)
  }
})

test('every accepted local path stays on the origin', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '@',
    ':',
    '?',
    '#',
    '\t',
    'evil.example',
    '%2f',
    'a',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('')
      fc.pre(isLocalPath(text))
      assert.equal(new URL(text, 'https://login.example').origin, 'https://login.example')
    }),
  )
})
