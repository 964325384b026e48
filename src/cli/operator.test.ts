import assert from 'node:assert/strict'
import { test } from 'node:test'
import { by, nameOperator, namePerson } from './operator.ts'

const root = { username: 'root', uid: 0 }
const service = { username: 'einlass', uid: 998 }
const alice = { username: 'alice', uid: 1000 }

test('an operator is who the operating system says, and behind sudo who sudo says', () => {
  assert.equal(nameOperator(alice, undefined), 'cli:alice')
  assert.equal(nameOperator(root, undefined), 'cli:root')
  assert.equal(nameOperator(root, ''), 'cli:root')
  assert.equal(nameOperator(root, 'alice'), 'cli:root,sudo:alice')
  assert.match(by, /^cli:./)
})

test('the name of an operator forges no line and is bounded', () => {
  assert.equal(nameOperator(root, 'a\nb\u202e'), 'cli:root,sudo:a\\u000ab\\u202e')
  assert.equal(
    nameOperator({ ...root, username: 'x'.repeat(500) }, 'y'.repeat(500)).length,
    4 + 64 + 6 + 64,
  )
})

test('a person stands behind an operator, unless it is only root or a number', () => {
  assert.deepEqual(namePerson(alice, undefined), { person: 'alice' })
  assert.deepEqual(namePerson(root, 'alice'), { person: 'alice' })
  assert.deepEqual(namePerson(root, ''), {})
  assert.deepEqual(namePerson(root, 'root'), {})
  assert.deepEqual(namePerson(service, undefined), {})
  assert.deepEqual(namePerson({ username: 'uid-1000', uid: 1000 }, undefined), {})
})

test('A53: an operator is no second person by a variable of the environment', () => {
  assert.deepEqual(namePerson(alice, 'bob'), { person: 'alice' })
  assert.deepEqual(namePerson({ username: 'uid-1000', uid: 1000 }, 'bob'), {})
  assert.equal(nameOperator(alice, 'bob'), 'cli:alice')
})

test('A53: who works in the account of a service is nobody else by a variable of the environment', () => {
  assert.deepEqual(namePerson(service, 'bob'), {})
  assert.equal(nameOperator(service, 'bob'), 'cli:einlass')
})
