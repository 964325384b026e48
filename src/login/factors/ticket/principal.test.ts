import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePrincipal } from './principal.ts'

test('the principal name of a user has one part and a realm', () => {
  assert.deepEqual(parsePrincipal('erika.mustermann@CORP.EXAMPLE'), {
    account: 'erika.mustermann',
    realm: 'CORP.EXAMPLE',
  })
  assert.deepEqual(parsePrincipal('müller@CORP.EXAMPLE')?.account, 'müller')
})

test('services, computers, second accounts and names that must be escaped are not accepted as users', () => {
  for (const name of [
    ...['HTTP/login.example.org@CORP.EXAMPLE', 'host/pc7@CORP.EXAMPLE', 'erika/admin@CORP.EXAMPLE'],
    ...['PC7$@CORP.EXAMPLE', 'erika\\@corp.example@CORP.EXAMPLE', 'erika@a@CORP.EXAMPLE'],
    ...['WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS', 'ANONYMOUS@WELLKNOWN:ANONYMOUS'],
    ...['erika', 'erika@', '@CORP.EXAMPLE', '', 'er ika@CORP.EXAMPLE', 'erika\\0@CORP.EXAMPLE'],
    ...['erika@CORP.EXAMPLE\n', '*@CORP.EXAMPLE', 'erika@CORP/EXAMPLE'],
  ]) {
    assert.equal(parsePrincipal(name), undefined, name)
  }
})
