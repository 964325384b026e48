import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalDn, readOwnName } from './dn.ts'

test('the name of an entry comes from the first level of its distinguished name', () => {
  assert.equal(readOwnName('cn=team,ou=groups,dc=x', 'cn'), 'team')
  assert.equal(readOwnName('CN = Team Nord , ou=groups', 'cn'), 'Team Nord')
  assert.equal(readOwnName('uid=1+cn=team,ou=groups', 'cn'), 'team')
  assert.equal(readOwnName('ou=team,cn=admins,dc=x', 'cn'), undefined)
  assert.equal(readOwnName('cn=a\\,cn\\=admins,dc=x', 'cn'), 'a,cn=admins')
  assert.equal(readOwnName('cn=M\\C3\\BCller\\2b,dc=x', 'cn'), 'Müller+')
  for (const text of ['', 'team', 'cn=a,,dc=x', '=a', 'cn=a\\']) {
    assert.equal(readOwnName(text, 'cn'), undefined, text)
  }
})

test('spellings of one distinguished name are equal, and other names are not', () => {
  const dn = 'cn=Einlass\\, Admins,ou=groups,dc=example'
  for (const same of [
    'CN=einlass\\2c admins, OU=Groups, DC=Example',
    'cn = Einlass\\, Admins ,ou=groups,dc=example',
  ]) {
    assert.equal(canonicalDn(same), canonicalDn(dn), same)
  }
  for (const other of [
    'cn=Einlass,cn=Admins,ou=groups,dc=example',
    'cn=Einlass\\, Admins,ou=groups,dc=example,dc=x',
    'cn=Einlass\\, Admins\\,ou\\=groups,dc=example',
    'cn=Einlass Admins,ou=groups,dc=example',
  ]) {
    assert.notEqual(canonicalDn(other), canonicalDn(dn), other)
  }
  assert.equal(canonicalDn('uid=1+cn=a,dc=x'), canonicalDn('cn=a+uid=1,dc=x'))
  assert.equal(canonicalDn('einlass-admins'), undefined)
})
