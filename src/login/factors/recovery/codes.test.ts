import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemRandom } from '../../../platform/kernel/random.ts'
import { codesInSet, cutPrefix, drawCodes, formatCode, readCode, readForeignCode } from './codes.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const code = fc
  .array(fc.constantFrom(...alphabet), { minLength: 16, maxLength: 16 })
  .map((characters) => characters.join(''))

test('a set has ten codes of sixteen characters with different prefixes', () => {
  for (let i = 0; i < 50; i++) {
    const codes = drawCodes(systemRandom)
    assert.equal(codes.length, codesInSet)
    assert.equal(new Set(codes.map(cutPrefix)).size, codesInSet)
    for (const one of codes) assert.match(one, /^[0-9A-HJKMNP-TV-Z]{16}$/)
  }
})

test('each character is as likely as any other, so that a code has 80 bits', () => {
  const counts = new Map<string, number>()
  for (let i = 0; i < 200; i++) {
    for (const character of drawCodes(systemRandom).join('')) {
      counts.set(character, (counts.get(character) ?? 0) + 1)
    }
  }
  assert.deepEqual([...counts.keys()].sort().join(''), alphabet)
  // About 1000 each; a difference of seven standard deviations is not chance.
  for (const [character, count] of counts) assert.ok(count > 780 && count < 1220, character)
})

test('a code can be read in the form in which it is shown', () => {
  fc.assert(
    fc.property(code, (one) => {
      assert.match(formatCode(one), /^(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}$/)
      assert.equal(readCode(formatCode(one)), one)
    }),
  )
})

test('a code is read with any separators, case and width, and with o or l for 0 or 1', () => {
  const gap = fc.constantFrom(
    '',
    '',
    '',
    ' ',
    '-',
    '\u2013',
    '\u00a0',
    '.',
    '\t',
    '\u200b',
    '\u2011',
  )
  const typed = fc.tuple(code, fc.array(fc.tuple(gap, fc.nat(3)), { minLength: 16, maxLength: 16 }))
  fc.assert(
    fc.property(typed, ([one, ways]) => {
      const text = ways.map(([before, how], i) => before + asTyped(one[i] ?? '', how)).join('')
      assert.equal(readCode(` ${text}\n`), one)
    }),
  )
})

function asTyped(character: string, how: number): string {
  if (how === 1) return character.toLowerCase()
  if (how === 2) return String.fromCharCode(character.charCodeAt(0) + 0xfee0)
  if (how === 3 && character === '0') return 'o'
  if (how === 3 && character === '1') return 'l'
  return character
}

test('a text that does not have the form of a code is not read as a code', () => {
  for (const typed of [
    '',
    'ABCD',
    'ABCD-EFGH-JKMN-PQR',
    'ABCD-EFGH-JKMN-PQRSX',
    'ABCD-EFGH-JKMN-PQRU',
  ]) {
    assert.equal(readCode(typed), undefined)
  }
  assert.equal(readCode(`${' '.repeat(200)}ABCDEFGHJKMNPQRS`), undefined)
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (typed) => {
      const read = readCode(typed)
      if (read !== undefined) assert.match(read, /^[0-9A-HJKMNP-TV-Z]{16}$/)
    }),
  )
})

test('a code of another server is read with its upper and lower case and never looks like one of ours', () => {
  assert.equal(readForeignCode(' aB3dE\u00a0fGh1J\n'), 'aB3dEfGh1J')
  for (const typed of ['', 'aB3dEfGh1', 'aB3dEfGh1JK', 'aB3d-fGh1J', 'äB3dEfGh1J'])
    assert.equal(readForeignCode(typed), undefined)
  fc.assert(fc.property(code, (one) => readForeignCode(one) === undefined))
})
