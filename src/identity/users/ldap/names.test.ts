import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isClaimed, listSpellings } from './names.ts'

const corp = { name: 'corp', domain: 'FIRMA', upn_suffixes: ['Corp.Example'] }

test('the form of a name says to which directory it belongs', () => {
  for (const name of ['FIRMA\\erika', 'firma\\erika', 'corp\\erika', 'erika@corp.example']) {
    assert.equal(isClaimed(corp, name), true, name)
  }
  for (const name of [
    'erika',
    'other\\erika',
    'erika@example.org',
    '\\erika',
    '@corp.example',
    '',
  ]) {
    assert.equal(isClaimed(corp, name), false, name)
  }
})

test('a domain is no part of what is looked for, and a suffix stands for the name of the account too', () => {
  assert.deepEqual(listSpellings(corp, 'FIRMA\\Erika'), [
    { in: 'username_attribute', value: 'erika' },
  ])
  assert.deepEqual(listSpellings(corp, 'Erika@corp.example'), [
    { in: 'login_attributes', value: 'erika@corp.example' },
    { in: 'username_attribute', value: 'erika' },
  ])
  assert.deepEqual(listSpellings(corp, ' Erika '), [{ in: 'login_attributes', value: 'erika' }])
  assert.deepEqual(listSpellings(corp, 'FIRMA\\'), [])
  assert.deepEqual(listSpellings(corp, '\u0000'), [])
})

test('A18: every spelling of one name is looked for by one text', () => {
  fc.assert(
    fc.property(fc.constantFrom('erika', 'ERIKA', ' erika', 'ｅｒｉｋａ', 'Erika '), (name) => {
      assert.deepEqual(listSpellings(corp, name), [{ in: 'login_attributes', value: 'erika' }])
    }),
  )
})
