import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../../dev/test-support/scene.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { createEntryRefusals } from './refusals.ts'

test('a refusal is recorded at once, and repeated refusals become one event a minute', async () => {
  const written: object[] = []
  const clock = createTestClock()
  const audit = {
    record: async (_: Queries, __: object, facts: object) => void written.push(facts),
  }
  const refusals = createEntryRefusals({ clock, audit })
  const queries = {} as Queries
  const note = (userId: string) => refusals.note(queries, { userId, appId: 'board' })
  for (const userId of ['erika', 'erika', 'erika', 'otto']) await note(userId)
  assert.deepEqual(written, [
    { userId: 'erika', appId: 'board' },
    { userId: 'otto', appId: 'board' },
  ])
  clock.pass(minutes(1))
  await refusals.flush(queries)
  assert.deepEqual(written.slice(2), [{ userId: 'erika', appId: 'board', times: 2 }])
  assert.deepEqual(await refusals.metric.read(), [{ labels: {}, value: 4 }])
})
