import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isClaimed, listNameValues } from './names.ts'

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

const attributes = {
  username: 'sAMAccountName',
  login: ['mail', 'samaccountname', 'userPrincipalName', 'mobile'],
  assigned: ['userPrincipalName'],
}

const list = (typed: string) =>
  listNameValues(corp, attributes, typed).map(({ attribute, value }) => `${attribute}=${value}`)

test('a domain is no part of what is looked for, and a suffix stands for the name of the account too', () => {
  assert.deepEqual(list('FIRMA\\Erika'), ['sAMAccountName=erika'])
  assert.deepEqual(list('Erika@corp.example'), [
    'samaccountname=erika@corp.example',
    'userPrincipalName=erika@corp.example',
    'sAMAccountName=erika',
    'mail=erika@corp.example',
    'mobile=erika@corp.example',
  ])
  assert.deepEqual(list('FIRMA\\'), [])
  assert.deepEqual(list('\u0000'), [])
})

test('what administrators write comes first, and only an address is looked for among addresses', () => {
  assert.deepEqual(list(' Erika '), [
    ...['samaccountname=erika', 'userPrincipalName=erika', 'mobile=erika'],
  ])
  assert.deepEqual(list('e@example.org').at(-2), 'mail=e@example.org')
})

test('A18: every spelling of one name is looked for by one text', () => {
  fc.assert(
    fc.property(fc.constantFrom('erika', 'ERIKA', ' erika', 'ｅｒｉｋａ', 'Erika '), (name) => {
      assert.deepEqual(list(name), list('erika'))
    }),
  )
})
