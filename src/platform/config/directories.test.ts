import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configSchema } from './schema.ts'

const corp = {
  name: 'corp',
  kind: 'active_directory',
  servers: ['ldaps://dc1.corp.example'],
  bind_name: 'einlass@corp.example',
  bind_password: 'secret',
  base: 'DC=corp,DC=example',
}

const findMistakes = (directories: unknown): string[] =>
  configSchema
    .safeParse({ directories })
    .error?.issues.map(({ path }) => path.slice(1).join('.'))
    .toSorted() ?? []

test('without configured directories, Einlass has its own local users', () => {
  assert.deepEqual(
    configSchema.parse({}).directories.map(({ name, kind }) => [name, kind]),
    [['local', 'local']],
  )
})

test('missing keys of a directory and keys that conflict are mistakes', () => {
  assert.deepEqual(findMistakes([corp]), [])
  assert.deepEqual(findMistakes([{ name: 'corp', kind: 'openldap' }]), [
    ...['0.base', '0.bind_name', '0.bind_password', '0.servers'],
  ])
  assert.deepEqual(findMistakes([{ ...corp, bind_password_file: 'file' }]), ['0.bind_password'])
  assert.deepEqual(findMistakes([{ ...corp, kind: 'local' }]), ['0.kind'])
  assert.deepEqual(findMistakes([corp, corp]), ['1.name'])
  const local = { name: 'own', kind: 'local' }
  assert.deepEqual(findMistakes([{ ...local, login_attributes: ['username', 'mail'] }]), [])
  assert.deepEqual(findMistakes([{ ...local, login_attributes: ['uid'] }]), ['0.login_attributes'])
  assert.deepEqual(findMistakes([local, { ...local, name: 'other' }]), ['1.name'])
  assert.deepEqual(findMistakes([]), [''])
})

test('two directories cannot have the same domain or UPN suffix', () => {
  const one = { ...corp, domain: 'CORP', upn_suffixes: ['corp.example'] }
  const other = { ...corp, name: 'partners', domain: 'P', upn_suffixes: ['partners.example'] }
  assert.deepEqual(findMistakes([one, other]), [])
  assert.deepEqual(findMistakes([one, { ...other, domain: undefined }]), [])
  for (const domain of ['Corp', 'CORP'])
    assert.deepEqual(findMistakes([one, { ...other, domain }]), ['1.domain'])
  assert.deepEqual(findMistakes([{ ...one, domain: 'Partners' }, other]), ['1.domain'])
  const upn_suffixes = ['other.example', 'Corp.Example']
  assert.deepEqual(findMistakes([one, { ...other, upn_suffixes }]), ['1.upn_suffixes.1'])
})

test('with OpenLDAP, a group that gives a role is a DN, or group_base is set', () => {
  const staff = { ...corp, name: 'staff', kind: 'openldap', base: 'dc=staff,dc=example' }
  const byName = { admin_groups: ['admins'], service_desk_groups: ['desk'] }
  assert.deepEqual(findMistakes([{ ...staff, ...byName }]), ['0.group_base'])
  assert.deepEqual(findMistakes([{ ...corp, ...byName }]), [])
  assert.deepEqual(findMistakes([{ ...staff, ...byName, group_base: 'ou=groups,dc=x' }]), [])
  const byDn = { admin_groups: ['cn=admins,ou=groups,dc=staff,dc=example'] }
  assert.deepEqual(findMistakes([{ ...staff, ...byDn }]), [])
})

test('a server address is an ldap or ldaps URL with only a host and a port', () => {
  for (const server of ['ldap://dc1.corp.example', 'ldaps://[2001:db8::1]:636', 'ldaps://a/']) {
    assert.deepEqual(findMistakes([{ ...corp, servers: [server] }]), [], server)
  }
  for (const server of [
    ...['https://dc1', 'dc1.corp.example', 'ldaps://', 'ldaps://user:pw@dc1', 'ldaps://dc1/dc=x'],
    'ldaps://dc1?x',
  ]) {
    assert.deepEqual(findMistakes([{ ...corp, servers: [server] }]), ['0.servers.0'], server)
  }
})
