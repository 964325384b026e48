import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findKerberosMistakes, type KerberosCheck, listKerberosWarnings } from './check.ts'

const config = {
  keytab_file: '/etc/einlass/http.keytab',
  realms: [{ realm: 'EXAMPLE.ORG', directory: 'corp' }],
  networks: ['10.0.0.0/8'],
}
const url = 'https://login.example.org'

/** A keytab with a key of this service. @param encryption its number; 18 is AES, 23 is RC4 */
function makeKeytab(service: string, encryption = 18): Buffer {
  const counted = (text: string) => [0, text.length, ...Buffer.from(text)]
  const [first = '', second = ''] = service.split('/')
  const entry = [0, 2, ...counted('EXAMPLE.ORG'), ...counted(first), ...counted(second)]
  const rest = [...Array(8).fill(0), 1, 0, encryption, 0, 0]
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

test('a package that is absent or cannot be loaded is a mistake that says what helps', () => {
  const [absent = ''] = find({ loadPackage: () => "Cannot find package 'kerberos'" })
  assert.match(absent, /^kerberos: .*Cannot find package.*run `npm ci` again.*libkrb5-dev/)
  const [broken = ''] = find({ loadPackage: () => 'Module did not self-register' })
  assert.match(broken, /^kerberos: .*self-register.*npm rebuild kerberos.*libkrb5-dev/)
})

test('a keytab with nothing but keys of RC4 gets a warning that says how to make AES keys', () => {
  const warn = (...keytabs: Buffer[]) => {
    const [first = Buffer.alloc(0), ...more] = keytabs
    const bytes = Buffer.concat([first, ...more.map((one) => one.subarray(2))])
    return listKerberosWarnings(config, url, () => bytes)
  }
  const service = 'HTTP/login.example.org'
  const [rc4, aes] = [makeKeytab(service, 23), makeKeytab(service)]
  assert.match(`${warn(rc4)}`, /only keys of RC4.*msDS-SupportedEncryptionTypes/)
  assert.deepEqual([warn(aes), warn(rc4, aes), warn(makeKeytab('HTTP/other', 23))], [[], [], []])
  assert.match(`${warn(rc4, makeKeytab('HTTP/other.example.org'))}`, /only keys of RC4/)
  assert.deepEqual(listKerberosWarnings(undefined, url), [])
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
