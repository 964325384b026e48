import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { AccountOutcome } from '../users/directory.ts'
import { createSweep } from './sweep.ts'

type Answer = () => AccountOutcome

/** Users of a directory with a session each, and what the directory says of them. */
async function setUp(db: Database, names: readonly string[]) {
  const clock = createTestClock()
  const scene = createScene(db, clock)
  const answers = new Map<string, Answer>()
  const asked: string[] = []
  const ids = new Map<string, string>()
  for (const name of names) {
    const user = await scene.users.create(db, { username: name, displayName: name })
    const entry = { user_id: user.id, directory: 'staff', entry_id: name, checked_at: 0 }
    await db.insertInto('directory_entries').values(entry).execute()
    await scene.signIn(user.id)
    ids.set(user.id, name)
  }
  const sweep = createSweep({
    ...scene,
    settleWrites: async () => undefined,
    directories: [{ name: 'staff', kind: 'openldap', sync_interval: 60_000 }],
    directory: {
      async checkAccount(_queries, userId) {
        const name = ids.get(userId) ?? ''
        asked.push(name)
        return answers.get(name)?.() ?? { type: 'refused', reason: 'removed' }
      },
    },
  })
  return {
    ...{ clock, sweep, answers, asked, entries: scene.entries },
    async listSignedIn() {
      const names: string[] = []
      for (const [id, name] of ids) {
        if ((await scene.sessions.listOf(id as Id<'user'>)).length > 0) names.push(name)
      }
      return names
    },
  }
}

onEachEngine((engine) => {
  test(`users of a directory that was removed from the configuration lose their sessions at the start (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, ['erika', 'max', 'otto'])
    await db
      .updateTable('directory_entries')
      .set({ directory: 'earlier' })
      .where('entry_id', 'in', ['max', 'otto'])
      .execute()
    const { now } = scene.clock
    await db.updateTable('directory_entries').set({ checked_at: now() }).execute()
    scene.sweep.start()
    t.after(() => scene.sweep.stop())
    await scene.sweep.run()
    assert.deepEqual(scene.asked.sort(), ['max', 'otto'])
    assert.deepEqual(await scene.listSignedIn(), ['erika'])
  })

  test(`each of very many users of a removed directory is asked about once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const names = Array.from({ length: 120 }, (_, n) => `user-${n}`)
    const scene = await setUp(db, names)
    await db.updateTable('directory_entries').set({ directory: 'earlier' }).execute()
    // It says nothing against them, so they stay due.
    for (const name of names) scene.answers.set(name, () => ({ type: 'current' }) as AccountOutcome)
    scene.sweep.start()
    t.after(() => scene.sweep.stop())
    await scene.sweep.run()
    assert.deepEqual(scene.asked.toSorted(), names.toSorted())
  })

  test(`a user about whom a directory does not answer does not keep others waiting (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, ['a', 'b', 'c', 'd'])
    scene.answers.set('b', () => ({ type: 'unavailable' }))
    await scene.sweep.run()
    assert.deepEqual(scene.asked, ['a', 'b'])
    await scene.sweep.run()
    assert.deepEqual(scene.asked, ['a', 'b', 'c', 'd', 'b'])
    assert.deepEqual(await scene.listSignedIn(), ['b'])
  })

  test(`an error with one user does not stop the lookup of the others (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, ['a', 'mallory', 'm', 'trudy', 'z'])
    scene.answers.set('mallory', () => ({
      ...{ type: 'unavailable', reason: 'too many groups', answersOthers: true },
    }))
    scene.answers.set('trudy', () => {
      throw new Error('the database does not take this')
    })
    await scene.sweep.run()
    assert.deepEqual(await scene.listSignedIn(), ['mallory', 'trudy'])
    const messages = scene.entries.filter(({ level }) => level !== 'info')
    assert.deepEqual(
      messages.map(({ message }) => message),
      Array(2).fill('a user could not be looked up again'),
    )
    await scene.sweep.run()
    assert.equal(scene.asked.length, 5, 'they are asked about at the next interval')
  })

  test(`users who could not be looked up are due again when the directory or the database is unavailable (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const names = ['a', 'b', 'c']
    const scene = await setUp(db, names)
    for (const fail of [
      () => ({ type: 'unavailable' }) as const,
      () => {
        throw new Fault('unavailable', 'The database does not answer.')
      },
    ]) {
      for (const name of names) scene.answers.set(name, fail)
      scene.asked.length = 0
      await scene.sweep.run()
      assert.equal(scene.asked.length, 1)
      assert.deepEqual(await scene.listSignedIn(), names)
    }
    scene.answers.clear()
    await scene.sweep.run()
    assert.deepEqual(await scene.listSignedIn(), [], 'no interval has to pass')
  })

  test(`a user whose last lookup is in the future is looked up again, because the clock was set back (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, ['ahead', 'near'])
    const { now } = scene.clock
    for (const [name, ahead] of [
      ['ahead', minutes(1) + 1],
      // Another node's clock may be a little ahead.
      ['near', minutes(1)],
    ] as const) {
      scene.answers.set(name, () => ({ type: 'current' }) as AccountOutcome)
      await db
        .updateTable('directory_entries')
        .set({ checked_at: now() + ahead })
        .where('entry_id', '=', name)
        .execute()
    }
    await scene.sweep.run()
    assert.deepEqual(scene.asked, ['ahead'])
    await scene.sweep.run()
    assert.deepEqual(scene.asked, ['ahead'], 'once, as it is now known')
  })
})
