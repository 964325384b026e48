import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { createLogoutQueue } from '../sessions/logout-queue.ts'
import { saveParticipant } from '../sessions/participants.ts'
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

  test(`A61: no user is added or renamed to a name with letters of two alphabets in one word (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createTestLogin(db)
    const operations = createUserOperations({ ...scene, directory: {} })
    const isMixed = { code: 'bad_request', message: /several alphabets/ }
    const like = { username: '\u0435rika', displayName: 'Erika' }
    await assert.rejects(operations.addUser(alice, like), isMixed)
    await scene.addUser('erika')
    const rename = (username: string) => operations.changeUser(alice, 'erika', { username })
    await assert.rejects(rename('\u0435rika'), isMixed)
    assert.equal((await rename('erika.m')).username, 'erika.m')
  })

  test(`the apps of a removed user are queued with the removal, as their sessions are gone then (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createTestLogin(db)
    const operations = createUserOperations({ ...scene, directory: {} })
    const now = scene.clock.now()
    const enter = async (name: string) => {
      const { id: userId } = await scene.addUser(name)
      const ids: string[] = []
      for (const [appId, expiresAt] of [
        ['mail', now + 1],
        ['wiki', now + 1],
        ['expired', now],
      ] as const) {
        const { id: sessionId } = await scene.signIn(userId)
        const participant = { sessionId, userId, appId, protocol: 'toy', data: { name } }
        await saveParticipant(db, participant, { now, expiresAt })
        ids.push(sessionId)
      }
      return ids
    }
    await enter('max')
    const [mail, wiki] = await enter('erika')
    await operations.removeUser(alice, 'erika')
    const listQueued = async () =>
      (await db.selectFrom('logout_queue').selectAll().orderBy('app_id').execute()).map(
        ({ app_id, session_id, status, data }) => [app_id, session_id, status, data],
      )
    assert.deepEqual(await listQueued(), [
      ['mail', mail, 'waiting', '{"name":"erika"}'],
      ['wiki', wiki, 'waiting', '{"name":"erika"}'],
    ])
    const queue = createLogoutQueue(scene)
    await queue.endSessions([`${mail}`, `${wiki}`])
    assert.equal((await listQueued()).length, 2, 'once')
  })
})
