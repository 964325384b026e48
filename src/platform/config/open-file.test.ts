import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listOpenFileWarnings } from './open-file.ts'

const warn = (
  tree: Readonly<Record<string, unknown>>,
  modes: Readonly<Record<string, number>>,
  env: Readonly<Record<string, string>> = {},
) => listOpenFileWarnings({ file: 'e', tree, env, readMode: (path) => modes[path] })

test('A59: secrets in lists are found as well', () => {
  const tree = {
    directories: [
      { name: 'local', kind: 'local' },
      { name: 'corp', kind: 'openldap', bind_password: 'geheim' },
    ],
    audit: { receivers: [{ name: 'siem', url: 'https://siem.example', secret: 'geheim' }] },
  }
  assert.deepEqual(warn(tree, { e: 0o644 }), [
    'e has the mode 0644: everybody on this machine can read directories[1].bind_password, audit.receivers[0].secret. Run: chmod 600 e',
  ])
  assert.deepEqual(warn(tree, { e: 0o640 }), [])
})

test('A59: a file with a secret that everybody can read causes a warning, and a certificate does not', () => {
  const tree = {
    key_file: '/keys',
    storage: { type: 'sqlite', file: '/db' },
    kerberos: { keytab_file: '/keytab' },
    directories: [{ bind_password_file: '/ldap', ca_file: '/ca' }],
    push: { senders: { apns: { key_file: '/apns' } } },
  }
  const modes = { e: 0o600, '/db': 0o644, '/keytab': 0o604, '/ldap': 0o440, '/ca': 0o644 }
  assert.deepEqual(warn(tree, { ...modes, '/apns': 0o646 }), [
    'storage.file: /db has the mode 0644: everybody on this machine can read it. Run: chmod 600 /db',
    'kerberos.keytab_file: /keytab has the mode 0604: everybody on this machine can read it. Run: chmod 600 /keytab',
    'push.senders.apns.key_file: /apns has the mode 0646: everybody on this machine can read and change it. Run: chmod 600 /apns',
  ])
})

test('A59: a file that a variable names is checked, also without a configuration file', () => {
  const env = { EINLASS_STORAGE_URL_FILE: '/url', EINLASS_KERBEROS_KEYTAB_FILE: '/keytab' }
  const modes = { '/url': 0o644, '/keytab': 0o644 }
  assert.deepEqual(
    listOpenFileWarnings({
      ...{ file: undefined, tree: {}, env },
      readMode: (path) => modes[path as '/url'],
    }).map((text) => text.split(':')[0]),
    ['EINLASS_STORAGE_URL_FILE', 'EINLASS_KERBEROS_KEYTAB_FILE'],
  )
})

test('A59: a configuration that everybody can change causes a warning, also without a secret', () => {
  assert.deepEqual(warn({ public_url: 'https://login.example.org' }, { e: 0o602 }), [
    'e has the mode 0602: everybody on this machine can change it. Run: chmod o-w e',
  ])
  assert.deepEqual(warn({ public_url: 'https://login.example.org' }, { e: 0o644 }), [])
})
