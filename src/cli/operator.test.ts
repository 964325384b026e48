import assert from 'node:assert/strict'
import { test } from 'node:test'
import { by, nameOperator, namePerson } from './operator.ts'

test('an operator is who the operating system says, and behind sudo who sudo says', () => {
  assert.equal(nameOperator('alice', undefined), 'cli:alice')
  assert.equal(nameOperator('alice', ''), 'cli:alice')
  assert.equal(nameOperator('root', 'alice'), 'cli:root,sudo:alice')
  assert.match(by, /^cli:./)
})

test('the name of an operator forges no line and is bounded', () => {
  assert.equal(nameOperator('root', 'a\nb\u202e'), 'cli:root,sudo:a\\u000ab\\u202e')
  assert.equal(nameOperator('x'.repeat(500), 'y'.repeat(500)).length, 4 + 64 + 6 + 64)
})

test('a person stands behind an operator, unless it is only root or a number', () => {
  const root = { username: 'root', uid: 0 }
  assert.deepEqual(namePerson({ username: 'alice', uid: 1000 }, undefined), { person: 'alice' })
  assert.deepEqual(namePerson(root, 'alice'), { person: 'alice' })
  assert.deepEqual(namePerson(root, ''), {})
  assert.deepEqual(namePerson(root, 'root'), {})
  assert.deepEqual(namePerson({ username: 'einlass', uid: 998 }, 'alice'), { person: 'alice' })
  assert.deepEqual(namePerson({ username: 'einlass', uid: 998 }, undefined), {})
  assert.deepEqual(namePerson({ username: 'uid-1000', uid: 1000 }, undefined), {})
})

test('A53: an operator is no second person by a variable of the environment', () => {
  assert.deepEqual(namePerson({ username: 'alice', uid: 1000 }, 'bob'), { person: 'alice' })
  assert.deepEqual(namePerson({ username: 'uid-1000', uid: 1000 }, 'bob'), {})
})
