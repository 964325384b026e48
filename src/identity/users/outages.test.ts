import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { Directory, Unavailable } from './directory.ts'
import { createLocalDirectory } from './local/directory.ts'
import { logOutages } from './outages.ts'

const noAnswer: Unavailable = { type: 'unavailable', reason: 'connect ECONNREFUSED' }

/** A directory that can be away for passwords and groups; of who there is it knows by itself. */
function setUp(db: Database) {
  const scene = createScene(db, createTestClock())
  const hasher = {
    hash: async () => 'hash',
    waiting: () => 0,
    verify: async () => ({ matches: false }),
  }
  const { changePassword: _, ...local } = createLocalDirectory({ ...scene, hasher })
  const state = { isAway: false }
  const answers: Directory = {
    ...local,
    verifyPassword: async (...asked) => (state.isAway ? noAnswer : local.verifyPassword(...asked)),
    listGroups: async (...asked) => (state.isAway ? noAnswer : local.listGroups(...asked)),
  }
  return { ...scene, state, directory: logOutages(answers, scene.log) }
}

onEachEngine((engine) => {
  test(`the log says once that the directory does not answer, why, and when it answers again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { directory, state, entries } = setUp(db)
    const logIn = async () => {
      await directory.findByName(db, 'erika')
      return await directory.verifyPassword(db, 'erika', 'a secret')
    }
    assert.equal((await logIn()).type, 'unknown')
    assert.deepEqual(entries, [])
    state.isAway = true
    for (let n = 0; n < 3; n += 1) assert.deepEqual(await logIn(), noAnswer)
    const question = 'verifyPassword'
    const failed = {
      level: 'warn',
      entry: { question, reason: 'connect ECONNREFUSED' },
      message: 'the directory of users does not answer',
    }
    assert.deepEqual(entries, [failed])
    state.isAway = false
    for (let n = 0; n < 3; n += 1) await logIn()
    const answered = {
      level: 'info',
      entry: { question },
      message: 'the directory of users answers again',
    }
    assert.deepEqual(entries, [failed, answered])
    state.isAway = true
    await logIn()
    assert.deepEqual(entries, [failed, answered, failed])
  })

  test(`each question has a line of its own, and none says who was asked about (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { directory, state, entries } = setUp(db)
    state.isAway = true
    await directory.listGroups(db, 'usr_erika')
    await directory.verifyPassword(db, 'erika', 'a secret')
    const lines = entries.map(({ entry }) => JSON.stringify(entry))
    assert.deepEqual(
      lines,
      ['listGroups', 'verifyPassword'].map((question) =>
        JSON.stringify({ question, reason: 'connect ECONNREFUSED' }),
      ),
    )
  })

  test(`a single question without an answer is no outage, and has one line (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db, createTestClock())
    let reason = 'the answer is too long'
    const answers = {
      listGroups: async () => ({ type: 'unavailable', reason, answersOthers: true }) as const,
    }
    const directory = logOutages({ ...setUp(db).directory, ...answers }, scene.log)
    await directory.listGroups(db, 'usr_erika')
    await directory.listGroups(db, 'usr_erika')
    reason = 'no such object'
    await directory.listGroups(db, 'usr_max')
    assert.deepEqual(
      scene.entries.map(({ message, entry }) => [message, JSON.stringify(entry)]),
      ['the answer is too long', 'no such object'].map((one) => [
        'the directory of users has no answer to one question',
        JSON.stringify({ question: 'listGroups', reason: one }),
      ]),
    )
  })

  test(`what a directory cannot do it still cannot do (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { directory } = setUp(db)
    assert.ok(!('changePassword' in directory))
    assert.equal((await directory.hasMembers?.(db, 'board'))?.type, 'members')
  })
})
