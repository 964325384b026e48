import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import { silentLog as log } from '../../platform/kernel/log.ts'
import { createOutageRecords, listOutages, purgeOutages } from './outage-records.ts'

const start = Date.parse('2026-12-03T08:02:00Z')
const always = { from: 0, until: Number.MAX_SAFE_INTEGER }

onEachEngine((engine) => {
  const say = (text: string) => `${text} (${engine.name})`

  test(say('an outage is one row, however many questions and nodes notice it'), async (t) => {
    const databases = await engine.openTwice(t)
    const clock = { time: start, now: () => clock.time }
    const nodes = databases.map(({ db }) => createOutageRecords({ db, clock, log }))
    for (let second = 0; second <= 420; second += 10) {
      clock.time = start + seconds(second)
      for (const node of nodes) node.noteAway('hr', 'ECONNREFUSED')
      await Promise.all(nodes.map((node) => node.settle()))
    }
    for (const node of nodes) node.noteBack('hr')
    await Promise.all(nodes.map((node) => node.settle()))
    assert.deepEqual(await listOutages(databases[0].db, always), [
      {
        ...{ directory: 'hr', beganAt: start, seenAt: start + minutes(7) },
        ...{ endedAt: start + minutes(7), reason: 'ECONNREFUSED' },
      },
    ])
  })

  test(say('a directory that comes and goes has one outage, a later one is another'), async (t) => {
    const { db } = await engine.open(t)
    const clock = { time: start, now: () => clock.time }
    const records = createOutageRecords({ db, clock, log })
    for (const at of [0, 30, 60, 600]) {
      clock.time = start + seconds(at)
      records.noteAway('hr', undefined)
      records.noteAway('office', undefined)
      clock.time += seconds(5)
      records.noteBack('hr')
      records.noteBack('office')
      await records.settle()
    }
    const found = await listOutages(db, always)
    assert.deepEqual(
      found.filter(({ directory }) => directory === 'hr').map(({ beganAt }) => beganAt - start),
      [0, seconds(600)],
    )
    assert.equal(found.length, 4)
  })

  test(say('an outage whose node has ended is over where it was noticed last'), async (t) => {
    const { db } = await engine.open(t)
    const clock = { time: start, now: () => clock.time }
    const ended = createOutageRecords({ db, clock, log })
    ended.noteAway('hr', undefined)
    await ended.settle()
    clock.time = start + minutes(60)
    const next = createOutageRecords({ db, clock, log })
    next.noteBack('hr')
    await next.settle()
    assert.equal((await listOutages(db, always))[0]?.endedAt, start)
  })

  test(
    say('outages are listed if they touch the span, and removed after thirty days'),
    async (t) => {
      const { db } = await engine.open(t)
      const clock = { time: start, now: () => clock.time }
      const records = createOutageRecords({ db, clock, log })
      records.noteAway('hr', undefined)
      clock.time += minutes(7)
      records.noteBack('hr')
      await records.settle()
      const count = async (from: number, until: number) =>
        (await listOutages(db, { from: start + minutes(from), until: start + minutes(until) }))
          .length
      assert.deepEqual(
        [await count(-10, -1), await count(-10, 0), await count(3, 4), await count(8, 9)],
        [0, 1, 1, 0],
      )
      await purgeOutages(db, clock.time + hours(29 * 24))
      assert.equal((await listOutages(db, always)).length, 1)
      await purgeOutages(db, clock.time + hours(31 * 24))
      assert.equal((await listOutages(db, always)).length, 0)
    },
  )

  test(say('a database that takes no write only leads to a line in the log'), async (t) => {
    const database = await engine.open(t)
    const lines: unknown[] = []
    const records = createOutageRecords({
      ...{ db: database.db, clock: { now: () => start } },
      log: { ...log, warn: (_: unknown, text?: string) => void lines.push(text) },
    })
    const { schema } = database.db
    await schema.alterTable('directory_outages').renameTo('elsewhere').execute()
    records.noteAway('hr', undefined)
    await records.settle()
    await schema.alterTable('elsewhere').renameTo('directory_outages').execute()
    assert.deepEqual(lines, ['an outage of a directory was not recorded'])
  })
})
