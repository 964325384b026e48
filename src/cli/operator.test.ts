import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { by, identifyOperator, nameOperator, namePerson } from './operator.ts'

const root = { username: 'root', uid: 0 }
const service = { username: 'einlass', uid: 998 }
const alice = { username: 'alice', uid: 1000 }

test('the operating system names the operator, and sudo names the person behind root', () => {
  assert.equal(nameOperator(alice, undefined), 'cli:alice')
  assert.equal(nameOperator(root, undefined), 'cli:root')
  assert.equal(nameOperator(root, ''), 'cli:root')
  assert.equal(nameOperator(root, 'alice'), 'cli:root,sudo:alice')
  assert.match(by, /^cli:./)
})

test('the name of an operator is escaped and limited in length', () => {
  assert.equal(nameOperator(root, 'a\nb\u202e'), 'cli:root,sudo:a\\u000ab\\u202e')
  assert.equal(
    nameOperator({ ...root, username: 'x'.repeat(500) }, 'y'.repeat(500)).length,
    4 + 64 + 6 + 64,
  )
})

const alone = { sudoUser: undefined, serverOwners: [0, 998] }

test('an operator is a person, unless only root, a service account or a number is known', () => {
  assert.deepEqual(namePerson(alice, alone), { person: 'alice' })
  assert.deepEqual(namePerson(root, { ...alone, sudoUser: 'alice' }), { person: 'alice' })
  for (const sudoUser of [undefined, '', 'root'])
    assert.deepEqual(namePerson(root, { ...alone, sudoUser }), {})
  assert.deepEqual(namePerson(service, alone), {})
  assert.deepEqual(namePerson({ username: 'uid-1000', uid: 1000 }, alone), {})
})

test('A53: an operator cannot become a second person by setting SUDO_USER', () => {
  const asBob = { ...alone, sudoUser: 'bob' }
  assert.deepEqual(namePerson(alice, asBob), {})
  assert.deepEqual(namePerson(service, asBob), {})
  assert.deepEqual(namePerson({ username: 'uid-1000', uid: 1000 }, asBob), {})
  assert.equal(nameOperator(alice, 'bob'), 'cli:alice')
  assert.equal(nameOperator(service, 'bob'), 'cli:einlass')
})

test('A53: the account of the server or of a container is never accepted as a person', () => {
  const node = { username: 'node', uid: 1000 }
  assert.deepEqual(namePerson(node, { ...alone, serverOwners: [1000] }), {})
  const nobodies = { nobody: 65_534, dynamic: 61_184, mapped: 100_000, unknown: -1 }
  for (const [username, uid] of Object.entries(nobodies))
    assert.deepEqual(namePerson({ username, uid }, alone), {}, username)
})

test('A53: the owner of a server file is not accepted as a person', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-operator-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'key')
  await writeFile(file, '')
  assert.equal(identifyOperator([file, join(folder, 'missing')]).person, undefined)
  assert.equal(identifyOperator([file]).name, by)
})
