import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addUser,
  asks,
  client,
  createTestEngine,
  journeysIn,
  proofsIn,
  pushProof,
  readReference,
  twoSteps,
} from '../../dev/test-support/engine.ts'
import { onEachEngine, type Scope } from '../../dev/test-support/on-each-engine.ts'
import type { StepContext, StepResult } from './step.ts'
import type { Finish } from './write.ts'

type Storage = Parameters<Parameters<typeof onEachEngine>[0]>[0]

/** A journey that holds for as long as `does` says so, and writes a row in its last move. */
async function open(storage: Storage, t: Scope, finish?: Finish) {
  const { db } = await storage.open(t)
  const userId = await addUser(db, 'erika')
  const does = { hold: true, heard: 0 }
  const last = ({ answers }: StepContext): StepResult<string> => {
    if (answers === undefined) return asks
    const change = {
      proof: pushProof,
      async write(queries: typeof db) {
        const row = { user_id: userId, skips_used: 1, last_skipped_at: 1, declined_at: null }
        await queries.insertInto('second_factor_choices').values(row).execute()
        return true
      },
      afterCommit: () => void does.heard++,
    }
    return { type: 'done', outcome: 'done', change }
  }
  const journey = { ...twoSteps(userId, last), precondition: async () => does.hold }
  const scene = createTestEngine(db, [journey], finish === undefined ? {} : { finish })
  const written = () => db.selectFrom('second_factor_choices').selectAll().execute()
  return { ...scene, db, does, written }
}

onEachEngine((storage) => {
  const say = (sentence: string) => `${sentence} (${storage.name})`

  test(say('a journey that does not hold any more ends, and its move is undone'), async (t) => {
    const { db, engine, begin, does, written } = await open(storage, t)
    const reference = readReference(await begin())
    does.hold = false
    const view = await engine.submit(reference, { version: 0, answers: { action: 'go' } }, client)
    assert.deepEqual(view, { type: 'left', restartPath: '/login?app=app_mail' })
    assert.deepEqual([await written(), does.heard], [[], 0])
    assert.deepEqual(
      (await proofsIn(db)).map(({ factor, session_id }) => [factor, session_id]),
      [['password', null]],
    )
    const again = await engine.look(reference, client)
    assert.equal(again.type === 'over' && again.sessionId, null)
  })

  test(say('a journey whose session cannot be made ends, and its move is undone'), async (t) => {
    const scene = await open(storage, t, async () => undefined)
    const { db, engine, begin, does, written } = scene
    const reference = readReference(await begin())
    const view = await engine.submit(reference, { version: 0, answers: { action: 'go' } }, client)
    assert.equal(view.type, 'left')
    assert.deepEqual([await written(), does.heard, (await proofsIn(db)).length], [[], 0, 1])
    assert.equal((await engine.look(reference, client)).type, 'over')
  })

  test(say('a first answer that does not hold is looked at once more'), async (t) => {
    const { db, begin, does } = await open(storage, t)
    does.hold = false
    assert.deepEqual(await begin(), { type: 'left', restartPath: '/login?app=app_mail' })
    assert.deepEqual([await journeysIn(db), await proofsIn(db)], [[], []])
  })
})
