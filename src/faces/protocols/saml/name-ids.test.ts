import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { User } from '../../../identity/users/user.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { createKeyring } from '../../../platform/kernel/keyring.ts'
import { systemRandom as random } from '../../../platform/kernel/random.ts'
import { createNameIds } from './name-ids.ts'

const first = { id: 'first', key: new Uint8Array(32).fill(1) }
const second = { id: 'second', key: new Uint8Array(32).fill(2) }

const erika = { id: 'usr_1', username: 'erika', email: 'erika@example.org' } as User
const named = {
  user: erika,
  session: { id: 'ses_1' as Id<'session'> },
  entityId: 'https://app.example.org',
}

test('persistent name ids stay the same with a newer key, and change with the oldest key', () => {
  const write = (keys: (typeof first)[]) =>
    createNameIds(createKeyring({ keys, random }), 'https://login.example.org').write(
      'persistent',
      named,
    )?.value
  assert.equal(write([second, first]), write([first]))
  assert.notEqual(write([second]), write([first]))
})
