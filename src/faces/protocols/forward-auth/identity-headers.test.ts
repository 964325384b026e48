import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createDisguiseCheck,
  identityHeadersSchema,
  usualHeaders,
  writeHeaders,
} from './identity-headers.ts'

const isAllowed = (headers: object) => identityHeadersSchema.safeParse(headers).success

test('the configuration refuses header names that are invalid or have another meaning', () => {
  assert.equal(isAllowed(usualHeaders), true)
  const refused = [
    'Cookie',
    'host',
    'Content-Length',
    'X-Forwarded-For',
    'Authorization',
    'a_b',
    'a:',
    '',
    '-a',
  ]
  for (const name of refused) assert.equal(isAllowed({ [name]: 'username' }), false, name)
  assert.equal(isAllowed({ 'X-User': 'username', 'x-user': 'email' }), false)
  assert.equal(isAllowed({ 'X-User': 'password' }), false)
})

test('the server writes every identity header, also an empty one, so that it replaces the one of the client', () => {
  assert.deepEqual(writeHeaders({ A: 'username', B: 'email' }, new Map([['A', ['erika']]])), [
    ...['A', 'erika'],
    ...['B', ''],
  ])
})

test('a header value is UTF-8 on one line, and a comma in a group name is encoded', () => {
  const values = new Map([
    ['N', ['Jörg \r\nRemote-User: root\u0000']],
    ['G', ['staff', 'a,admin']],
    ['H', ['a,admin']],
  ])
  const release = { N: 'displayName', G: 'groups', H: 'groups' } as const
  const [, name = '', , groups, , one] = writeHeaders(release, values)
  assert.equal(Buffer.from(name, 'latin1').toString('utf8'), 'Jörg  Remote-User: root')
  assert.equal(groups, 'staff,a%2Cadmin')
  assert.equal(one, 'a%2Cadmin')
})

test('CVE-2025-64484: the server detects client headers that an app could read as identity headers', () => {
  const isDisguised = createDisguiseCheck(['Remote-User', 'X-Auth-Name'])
  for (const name of ['remote_user', 'remote.user', 'remote~user', 'x_auth-name', 'x-auth_name']) {
    assert.equal(isDisguised({ accept: '*/*', [name]: 'root' }), true, name)
  }
  assert.equal(isDisguised({ 'remote-user': 'replaced by the proxy', x_other: '1' }), false)
})
