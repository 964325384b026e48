import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findKerberosMistakes, type KerberosCheck } from './check.ts'

const config = {
  keytab_file: '/etc/einlass/http.keytab',
  realms: [{ realm: 'EXAMPLE.ORG', directory: 'corp' }],
  networks: ['10.0.0.0/8'],
}
const url = 'https://login.example.org'

/** A keytab with a key of this service. */
function makeKeytab(service: string): Buffer {
  const counted = (text: string) => [0, text.length, ...Buffer.from(text)]
  const [first = '', second = ''] = service.split('/')
  const entry = [0, 2, ...counted('EXAMPLE.ORG'), ...counted(first), ...counted(second)]
  const rest = [...Array(8).fill(0), 1, 0, 18, 0, 0]
  return Buffer.from([5, 2, 0, 0, 0, entry.length + rest.length, ...entry, ...rest])
}

const right: KerberosCheck = {
  loadPackage: () => undefined,
  readBytes: () => makeKeytab('HTTP/login.example.org'),
}
const find = (given: Partial<KerberosCheck>) =>
  findKerberosMistakes(config, url, { ...right, ...given }).map(
    ({ path, found, allowed }) => `${path}: ${found}; ${allowed}`,
  )

test('a package that can be loaded and a keytab with the key are enough', () => {
  assert.deepEqual(find({}), [])
  const other = { ...config, service: 'HTTP/sso.example.org' }
  const readBytes = () => makeKeytab('HTTP/sso.example.org')
  assert.deepEqual(findKerberosMistakes(other, url, { ...right, readBytes }), [])
})

test('a package that cannot be loaded is a mistake that says what to install', () => {
  const [mistake = ''] = find({ loadPackage: () => 'Cannot find package' })
  assert.match(mistake, /^kerberos: .*Cannot find package.*npm rebuild kerberos.*libkrb5-dev/)
})

test('a keytab that is missing, is invalid or has another key is a mistake that says so', () => {
  const readBytes = () => {
    throw new Error('ENOENT')
  }
  assert.match(`${find({ readBytes })}`, /http.keytab", which cannot be read; .*HTTP\/login/)
  assert.match(`${find({ readBytes: () => Buffer.from('x') })}`, /which is no keytab/)
  const other = () => makeKeytab('host/pc7')
  assert.match(
    `${find({ readBytes: other })}`,
    /keys of host\/pc7@EXAMPLE.ORG; a keytab with a key/,
  )
})
