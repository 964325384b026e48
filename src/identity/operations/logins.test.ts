import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilBlocked } from '../../dev/test-support/locks.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { type Transaction, transact } from '../../platform/storage/transact.ts'
import { acrPassword } from '../policy/assurance.ts'
import { lockUser } from '../users/lock.ts'

onEachEngine((engine) => {
  for (const what of ['some', 'all'] as const) {
    test(`listeners hear of the end of ${what} sessions only after the commit, and never after a rollback (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const { logins, sessions, addUser, signIn } = createScene(db, createTestClock())
      const userId = await addUser()
      const ids = [(await signIn(userId)).id, (await signIn(userId)).id].sort()
      const heard: string[] = []
      sessions.onEnd(async (ended) => {
        heard.push(...ended)
      })
      const end = (tx: Transaction) =>
        what === 'all'
          ? logins.endAll(tx, { userId, reason: 'test' })
          : logins.endSessions(tx, { userId, ids, reason: 'test' })
      const undone = transact(db, async (tx) => {
        await end(tx)
        throw new Error('undone')
      })
      await assert.rejects(undone, /undone/)
      assert.deepEqual([heard.length, (await sessions.listOf(userId)).length], [0, 2])
      const { announced } = await transact(db, async (tx) => {
        const ended = await end(tx)
        assert.deepEqual(heard, [])
        return ended
      })
      await announced
      assert.deepEqual(heard.sort(), ids)
    })
  }

  test(`a login that creates a session while all logins end leaves no session (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { logins, sessions, addUser, clock } = createScene(db, createTestClock())
    const userId = await addUser()
    let ending: Promise<unknown> | undefined
    const login = transact(db, async (tx) => {
      await lockUser(tx, userId)
      const client = { address: null, userAgent: null }
      const proven = { amr: ['pwd'], acr: acrPassword, authenticatedAt: clock.now() }
      await sessions.create(tx, { userId, ...proven, client })
      ending = transact(db, (other) => logins.endAll(other, { userId, reason: 'test' }))
      if (engine.name === 'postgres') await Promise.race([untilBlocked(db), ending])
    })
    await login
    await ending
    assert.deepEqual(await sessions.listOf(userId), [])
  })
})
