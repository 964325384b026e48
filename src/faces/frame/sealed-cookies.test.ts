import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCookies } from '../../platform/http/cookies.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import { createSealedCookies } from './sealed-cookies.ts'

function open(key: number) {
  const keys = [{ id: 'test', key: new Uint8Array(32).fill(key) }]
  return createSealedCookies(createCookies({ secure: true }), createKeyring({ keys, random }))
}

test('a sealed cookie can be read only with its own name, browser and key', () => {
  const { set, read } = open(1)
  const header = `${set('name', 'one browser', { username: 'erika' })}`.split(';')[0] ?? ''
  assert.doesNotMatch(header, /erika/)
  assert.deepEqual(read(header, 'name', 'one browser'), { username: 'erika' })
  assert.equal(read(header, 'name', 'another browser'), undefined)
  assert.equal(open(2).read(header, 'name', 'one browser'), undefined)
  const renamed = header.replace('einlass_name', 'einlass_refusal')
  assert.equal(read(renamed, 'refusal', 'one browser'), undefined)
  assert.equal(read(`${header}x`, 'name', 'one browser'), undefined)
  assert.equal(read(undefined, 'name', 'one browser'), undefined)
})
