import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasMixedScripts } from './mixed-scripts.ts'

test('a word with letters of two alphabets is mixed', () => {
  const mixed = [
    ...[
      '\u0430dmin',
      'erik\u0430',
      'm\u03bfritz',
      '\u0405ervice',
      'o\u0585o',
      'erika.m\u0443ller@example.org',
    ],
    ...['\u0438\u0432\u0430n', '\u03b1\u0430', '\u674e\u0430', 'a\u05d5', 'ER\u0399KA'],
  ]
  for (const name of mixed) assert.equal(hasMixedScripts(name), true, name)
})

test('a name of one alphabet in each word is not mixed', () => {
  const plain = [
    ...[
      'erika',
      'Erika M\u00fcller-\u0141\u00f3d\u017a',
      'O\u2019Brien',
      'e.mustermann2@example.org',
      'DOMAIN\\erika',
    ],
    ...[
      '\u0438\u0432\u0430\u043d',
      '\u0438\u0432\u0430\u043d@example.org',
      '\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03c5\u03c2',
    ],
    ...[
      '\u674eerika',
      '\u3084\u307e\u3060\u592a\u90ce',
      '\u30d1\u30fc\u30c8',
      '\ud55c\uad6d',
      '\u0639\u0644\u06cc\u200c\u0631\u0636\u0627',
    ],
    ...[
      '12345',
      '\u0e2a\u0e21\u0e0a\u0e32\u0e22',
      '\u0939\u093f\u0928\u094d\u0926\u0940',
      '',
      'na\u00efve',
      'nai\u0308ve',
    ],
  ]
  for (const name of plain) assert.equal(hasMixedScripts(name), false, name)
})

test('one letter of another alphabet anywhere in a Latin word makes it mixed', () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/)
  const other = fc.constantFrom(
    ...'\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u03bf\u03c1\u03bd',
  )
  fc.assert(
    fc.property(word, other, fc.nat(), (text, letter, at) => {
      const place = at % (text.length + 1)
      assert.equal(hasMixedScripts(text.slice(0, place) + letter + text.slice(place)), true)
    }),
  )
})
