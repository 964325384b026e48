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

test('a search leaves out the domain, and a name with a UPN suffix is also searched without it', () => {
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

test('attributes that administrators assign come first, and only an address is searched among addresses', () => {
  assert.deepEqual(list(' Erika '), [
    ...['samaccountname=erika', 'userPrincipalName=erika', 'mobile=erika'],
  ])
  assert.deepEqual(list('e@example.org').at(-2), 'mail=e@example.org')
})

test('A18: every spelling of a name leads to the same search', () => {
  fc.assert(
    fc.property(fc.constantFrom('erika', 'ERIKA', ' erika', 'ｅｒｉｋａ', 'Erika '), (name) => {
      assert.deepEqual(list(name), list('erika'))
    }),
  )
})
