import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { systemRandom } from '../kernel/random.ts'
import type { Database } from './database.ts'
import type { EventRow } from './tables.ts'
import { createWorkQueue } from './work-queue.ts'

const start = 1_800_000_000_000
const times = { lease: 100, firstWait: 10, longestWait: 60, giveUpAfter: 200, retention: 1_000 }
const away = { type: 'later', reason: 'away' } as const

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  const createNode = (db: Database, clock: { now(): number }) =>
    createWorkQueue({ db, clock, table: 'event_queue', times, emptied: { body: null } })

  async function open(t: TestContext) {
    const [{ db }, { db: otherDb }] = await engine.openTwice(t)
    const clock = { time: start, now: () => clock.time }
    const queue = createNode(db, clock)
    return {
      clock,
      queue,
      other: createNode(otherDb, clock),
      async add(columns: Partial<EventRow> = {}): Promise<string> {
        const id = systemRandom.uuid()
        const row = {
          id,
          receiver: 'webhook',
          type: 'an_event',
          body: 'text',
          status: 'waiting',
          attempts: 0,
          created_at: clock.time,
          due_at: clock.time,
          finished_at: null,
          reason: null,
          ...columns,
        } as const
        await db.insertInto('event_queue').values(row).execute()
        return id
      },
      async take(from = queue): Promise<EventRow> {
        const row = await from.takeDue()
        assert.ok(row)
        return row
      },
      rows: () => db.selectFrom('event_queue').selectAll().execute(),
    }
  }

  test(say('what is due is taken in the order of its times, each by one taker'), async (t) => {
    const { add, queue, other, clock } = await open(t)
    const ids: string[] = []
    for (let n = 0; n < 12; n += 1) ids.push(await add({ due_at: start - 12 + n }))
    await add({ due_at: start + 1 })
    assert.equal((await queue.takeDue())?.id, ids[0])
    const taken: string[] = []
    for (let round = 0; round < 12; round += 1) {
      const both = await Promise.all([queue.takeDue(), other.takeDue()])
      for (const row of both) if (row !== undefined) taken.push(row.id)
    }
    assert.deepEqual(taken.toSorted(), ids.slice(1).toSorted())
    clock.time += 1
    assert.notEqual(await queue.takeDue(), undefined)
    assert.equal(await other.takeDue(), undefined)
  })

  test(say('who asks for some rows only is given no other'), async (t) => {
    const { add, queue } = await open(t)
    await add({ receiver: 'syslog' })
    assert.equal(await queue.takeDue({ receiver: 'webhook' }), undefined)
    assert.equal((await queue.takeDue({ receiver: 'syslog' }))?.receiver, 'syslog')
  })

  test(
    say('a row whose taker died is taken again after the lease, and the first one decides no more'),
    async (t) => {
      const { add, take, queue, other, clock, rows } = await open(t)
      await add()
      const lost = await take(queue)
      clock.time += times.lease - 1
      assert.equal(await other.takeDue(), undefined)
      clock.time += 1
      const again = await take(other)
      assert.deepEqual([lost.attempts, again.attempts], [1, 2])
      await queue.note(lost, { type: 'refused', reason: 'late' })
      assert.deepEqual(await rows(), [again])
      assert.equal(await other.note(again, { type: 'sent' }), 'sent')
      await queue.note(lost, away)
      assert.equal((await rows())[0]?.status, 'sent')
    },
  )

  test(
    say('the waits double up to the longest one, and the last attempt is at the end'),
    async (t) => {
      const { add, queue, clock, rows } = await open(t)
      await add()
      const tries: number[] = []
      let status: string | undefined
      while (status !== 'failed') {
        const row = await queue.takeDue()
        if (row === undefined) {
          clock.time += 1
          continue
        }
        tries.push(clock.time - start)
        status = await queue.note(row, away)
      }
      assert.deepEqual(tries, [0, 10, 30, 70, 130, 190, 200])
      assert.equal((await rows())[0]?.attempts, tries.length)
      clock.time += times.longestWait
      assert.equal(await queue.takeDue(), undefined)
    },
  )

  test(
    say('what is done, and what is refused, is tried no more and leaves no content'),
    async (t) => {
      const { add, take, queue, clock, rows } = await open(t)
      await add({ reason: 'away' })
      assert.equal(await queue.note(await take(), { type: 'sent' }), 'sent')
      await add()
      assert.equal(await queue.note(await take(), { type: 'refused', reason: 'never' }), 'failed')
      clock.time += times.giveUpAfter
      assert.equal(await queue.takeDue(), undefined)
      const left = (await rows())
        .map(({ status, body, reason, finished_at }) => ({ status, body, reason, finished_at }))
        .toSorted((a, b) => a.status.localeCompare(b.status))
      assert.deepEqual(left, [
        { status: 'failed', body: null, reason: 'never', finished_at: start },
        { status: 'sent', body: null, reason: null, finished_at: start },
      ])
    },
  )

  test(
    say('rows that wait are counted and stay, finished ones are forgotten in time'),
    async (t) => {
      const { add, take, queue, clock, rows } = await open(t)
      await add({ created_at: start - 10 * times.retention })
      await queue.note(await take(), { type: 'sent' })
      assert.deepEqual(await queue.measure(), { length: 0, givenUp: 0 })
      const waiting = await add({ created_at: start - 10 * times.retention, due_at: start + 1 })
      const waited = { length: 1, oldest: 10 * times.retention }
      assert.deepEqual(await queue.measure(), { ...waited, givenUp: 0 })
      clock.time += times.retention
      await queue.purge()
      assert.equal((await rows()).length, 2)
      clock.time += 1
      await queue.purge()
      assert.deepEqual(
        (await rows()).map(({ id }) => id),
        [waiting],
      )
    },
  )

  test(say('a node knows what it has given up, by a refusal or after a long time'), async (t) => {
    const { add, take, queue, other, clock } = await open(t)
    await add()
    assert.equal(
      await queue.note(await take(), { type: 'refused', reason: 'no such address' }),
      'failed',
    )
    await add()
    assert.equal(await queue.note(await take(), away), 'waiting')
    assert.equal((await queue.measure()).givenUp, 1)
    clock.time += times.giveUpAfter
    assert.equal(await queue.note(await take(), away), 'failed')
    assert.equal((await queue.measure()).givenUp, 2)
    assert.equal((await other.measure()).givenUp, 0)
  })
})
