import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBindAccount } from './person-filter.ts'

const entry = {
  dn: 'CN=Einlass,OU=Services,DC=corp,DC=example',
  sAMAccountName: 'einlass',
  userPrincipalName: 'Einlass@corp.alias',
}

test('the bind account is known by each form of its name, and nobody else is', () => {
  for (const name of [
    ...['cn=einlass, ou=services,dc=corp,dc=example', 'einlass@CORP.ALIAS', 'CORP\\Einlass'],
    ...['einlass@corp.example', 'einlass'],
  ]) {
    assert.equal(isBindAccount({ bind_name: name }, entry), true, name)
  }
  for (const name of [
    ...['cn=einlass,dc=corp,dc=example', 'einlass@other.example', 'CORP\\erika', 'CORP\\einlass2'],
    ...['', 'inlass@corp.example'],
  ]) {
    assert.equal(isBindAccount({ bind_name: name }, entry), false, name)
  }
})
