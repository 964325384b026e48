import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalUsername, cleanDisplayName } from './user.ts'

test('spellings of one user name have one canonical form', () => {
  const spellings = ['erika', 'Erika', ' ERIKA ', 'ｅｒｉｋａ', '\u00a0erika\u3000']
  assert.deepEqual(new Set(spellings.map(canonicalUsername)), new Set(['erika']))
  assert.equal(canonicalUsername('MU\u0308LLER'), 'müller')
  assert.equal(canonicalUsername('ΟΔΥΣΣΕΥΣ '), canonicalUsername('οδυσσευς'))
})

test('a display name has no invisible characters and a limited length', () => {
  assert.equal(cleanDisplayName('Erika Müller-Łódź 李'), 'Erika Müller-Łódź 李')
  assert.equal(cleanDisplayName('Erika\r\nBcc: x@evil.example'), 'Erika Bcc: x@evil.example')
  assert.equal(cleanDisplayName('\u001b[31mErika\u0000 \u202egnp.exe\ud800'), '[31mErika gnp.exe')
  assert.equal(cleanDisplayName('\u200b\u0000'), '')
  assert.equal(cleanDisplayName('😀'.repeat(1_000_000)), '😀'.repeat(200))
})

test('a display name keeps the joiners that its script needs, and no others', () => {
  assert.equal(cleanDisplayName('علی\u200cرضا'), 'علی\u200cرضا')
  assert.equal(cleanDisplayName('श्री\u200dमान'), 'श्री\u200dमान')
  assert.equal(cleanDisplayName('👩\u200d💻 Zoë 👋🏽'), '👩\u200d💻 Zoë 👋🏽')
  assert.equal(cleanDisplayName('Eri\u200cka Muster\u200d'), 'Erika Muster')
  assert.equal(cleanDisplayName('\u200dИ\u200dван\u200c\u200c'), 'Иван')
})

test('letters that only look alike stay different', () => {
  assert.notEqual(canonicalUsername('admın'), canonicalUsername('admin'))
  assert.notEqual(canonicalUsername('аdmin'), canonicalUsername('admin'))
  assert.notEqual(canonicalUsername('erika.'), canonicalUsername('erika'))
})

test('an invalid user name has no canonical form', () => {
  const refused = [
    '',
    ' ',
    '\u2003',
    'a\u0000b',
    'a\nb',
    'a\u202eb',
    'a\u200bb',
    'a\u2028b',
    '\ud800',
  ]
  for (const text of refused) assert.equal(canonicalUsername(text), undefined, JSON.stringify(text))
})

test('a user name has at most 256 code points', () => {
  assert.equal(canonicalUsername('𐐨'.repeat(256)), '𐐨'.repeat(256))
  assert.equal(canonicalUsername('a'.repeat(257)), undefined)
  assert.equal(canonicalUsername('\ufdfa'.repeat(256)), undefined)
  assert.equal(canonicalUsername('a'.repeat(10_000_000)), undefined)
})

test('the canonical form is a fixed point and ignores case and outer space', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const canonical = canonicalUsername(text)
      if (canonical === undefined) return
      assert.equal(canonicalUsername(canonical), canonical)
      assert.equal(canonicalUsername(` ${text}\u00a0`), canonical)
      assert.equal(canonical, canonical.trim())
    }),
    { numRuns: 2000 },
  )
})

test('every code point that can be a user name has a stable canonical form', () => {
  for (let point = 0; point <= 0x10ffff; point += 1) {
    if (point >= 0x20000 && point < 0xe0000) continue
    const canonical = canonicalUsername(String.fromCodePoint(point))
    if (canonical !== undefined) assert.equal(canonicalUsername(canonical), canonical)
  }
})
