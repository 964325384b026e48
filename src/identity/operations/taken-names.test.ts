/** User names where users also log in with their mail address: nobody gets a name or an address that means another user. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Database } from '../../platform/storage/database.ts'
import { openDirectory } from '../users/directories.ts'
import { createHasher } from '../users/hasher.ts'
import type { Administrator, Provisioner } from './actor.ts'
import { createImportUsers } from './import-users.ts'
import { createProvisioning } from './provisioning.ts'
import { createUserOperations } from './users.ts'

const alice: Administrator = { type: 'administrator', name: 'cli:alice' }

function setUp(db: Database, loginAttributes: readonly string[]) {
  const scene = createScene(db, createTestClock())
  const hasher = createHasher({ cores: 1, log: scene.log })
  const local = { name: 'local', kind: 'local', login_attributes: loginAttributes }
  const config = configSchema.parse({ directories: [local] })
  const directory = openDirectory({ ...scene, config, hasher })
  const parts = { ...scene, directory }
  const provisioning = createProvisioning(parts)
  const entra: Provisioner = { type: 'provisioner', source: 'entra', takesOver: true }
  const wanted = (username: string, email: string | null) => ({
    ...{ username, displayName: username, email, externalId: undefined, active: true },
    attributes: new Map(),
  })
  const listResults = async (attempts: readonly (() => Promise<unknown>)[]) => {
    const results: string[] = []
    for (const attempt of attempts) {
      try {
        await attempt()
        results.push('done')
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        results.push(error.code)
      }
    }
    return results
  }
  return {
    ...{ users: scene.users, listResults },
    operations: createUserOperations(parts),
    imports: createImportUsers(parts),
    add: (username: string, email: string | null) =>
      provisioning.addUser(entra, wanted(username, email)),
    change: (id: string, username: string, email: string | null) =>
      provisioning.changeUser(entra, id, () => wanted(username, email)),
  }
}

onEachEngine((engine) => {
  test(`A18: a user cannot get the address or the name that another user logs in with (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db, ['username', 'mail'])
    const { operations, add, change } = scene
    await scene.users.create(db, {
      ...{ username: 'root@example.org', displayName: 'Root', role: 'admin' },
      email: 'admin@example.org',
    })
    const max = await add('max', 'max@example.org')
    const results = await scene.listResults([
      () => add('Admin@Example.org', null),
      () => add('mallory', 'ADMIN@example.org'),
      () => add('mallory', 'root@example.org'),
      () => change(max.user.id, 'admin@example.org', 'max@example.org'),
      () => change(max.user.id, 'max', 'admin@example.org'),
      () =>
        operations.addUser(alice, { username: 'x', displayName: 'X', email: 'max@example.org' }),
      () => operations.changeUser(alice, 'max', { email: 'Root@example.org' }),
    ])
    assert.deepEqual(new Set(results), new Set(['conflict']))
    const rows = ['max@example.org', 'nora'].map((username) => ({
      ...{ username, email: 'admin@example.org', attributes: new Map(), groups: [] },
    }))
    const planned = await scene.imports.plan(rows)
    assert.deepEqual(
      planned.map(({ type }) => type),
      ['left_alone', 'left_alone'],
    )
    assert.equal((await scene.users.list(db)).length, 2)
  })

  test(`of two users with one address in an import, only the first gets it, in the plan as in the import (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db, ['username', 'mail'])
    const person = (username: string, email: string) => ({
      ...{ username, email, attributes: new Map(), groups: [] },
    })
    const file = [
      [person('max', 'team@example.org'), person('erika', 'Team@Example.org')],
      [person('otto', 'team@example.org'), person('Team@example.org', 'nora@example.org')],
    ]
    const expected = [
      ['new', 'left_alone'],
      ['left_alone', 'left_alone'],
    ]
    const listTypes = async (run: 'plan' | 'write') => {
      const types: string[][] = []
      for (const batch of file) {
        const outcomes =
          run === 'plan' ? await scene.imports.plan(batch) : await scene.imports.write(alice, batch)
        types.push(outcomes.map(({ type }) => type))
      }
      return types
    }
    assert.deepEqual(await listTypes('plan'), expected)
    assert.deepEqual(await listTypes('write'), expected)
    assert.deepEqual(
      (await scene.users.list(db)).map(({ username }) => username),
      ['max'],
    )

    const other = setUp(db, ['username'])
    const outcomes = await other.imports.plan(file[0] ?? [])
    assert.deepEqual(
      outcomes.map(({ type }) => type),
      ['unchanged', 'new'],
    )
  })

  test(`a user name may be the user's own address, and without logins by mail nothing is checked (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = setUp(db, ['username', 'mail'])
    const { user } = await scene.add('max@example.org', 'max@example.org')
    await scene.change(user.id, 'Max@example.org', 'max@Example.org')
    await scene.change(user.id, 'max', 'max@example.org')
    await scene.change(user.id, 'max@example.org', 'max@example.org')
    const other = setUp(db, ['username'])
    await other.add('nora', 'max@example.org')
  })
})
