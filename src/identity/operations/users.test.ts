import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Administrator } from './actor.ts'
import { createSetPassword } from './set-password.ts'
import { createUserOperations } from './users.ts'

const alice: Administrator = { type: 'administrator', name: 'cli:alice' }
const isRefused = (error: unknown) =>
  error instanceof Fault &&
  error.code === 'not_allowed' &&
  error.message.startsWith('The directory of users has the passwords.')

onEachEngine((engine) => {
  test(`when the directory has the passwords, setting a password is refused and ends no session (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createTestLogin(db)
    const parts = { ...scene, directory: {} }
    const operations = createUserOperations(parts)
    const max = { username: 'max', displayName: 'Max' }
    for (const password of [{ passwordHash: 'hash' }, { passwordChangeRequired: true }])
      await assert.rejects(operations.addUser(alice, { ...max, ...password }), isRefused)
    assert.equal(await scene.users.findByName(db, 'max'), undefined)
    assert.equal((await operations.addUser(alice, max)).passwordChangeRequired, false)
    const erika = await scene.addUser('erika')
    await scene.signIn(erika.id)
    const set = createSetPassword(parts)(alice, 'erika', {
      ...{ password: 'Regenschirm im Mai', hash: 'hash', changeRequired: true, at: 0 },
    })
    await assert.rejects(set, isRefused)
    assert.deepEqual(await scene.users.find(db, erika.id), erika)
    assert.equal((await scene.sessions.listOf(erika.id)).length, 1)
  })
})
