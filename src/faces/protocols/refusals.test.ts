import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { readAudit } from '../../identity/audit/chain.ts'
import { minutes } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createAppTestMarks, markHeader } from './app-test-mark.ts'
import { createAppRefusals } from './refusals.ts'

const toys = [
  { name: 'toy', refusals: { unknown_app: 'audited', login_required: 'counted' } },
  { name: 'other-toy', refusals: { unknown_app: 'audited' } },
] as const

function setUp(db: Database) {
  const clock = createTestClock()
  const refusals = createAppRefusals(toys, createScene(db, clock))
  /** Sorted: events that are written at once have no order among each other. */
  const readEvents = async () =>
    (await readAudit(db, { limit: 1000 }))
      .map(({ data }) => data)
      .sort((a, b) => String(a.reason).localeCompare(String(b.reason)))
  return { clock, refusals, readEvents }
}

onEachEngine(({ name, open }) => {
  test(`A48: repeated refusals write one audit event, and then one every ten minutes (${name})`, async (t) => {
    const { clock, refusals, readEvents } = setUp((await open(t)).db)
    const noteMany = () => {
      for (let n = 0; n < 500; n += 1) {
        refusals.note({ protocol: 'toy', reason: 'unknown_app' })
        refusals.note({ protocol: 'toy', reason: `made up ${n}`, appId: 'notes' })
      }
    }
    noteMany()
    await refusals.flush()
    const first = [
      { protocol: 'toy', reason: 'other', appId: 'notes' },
      { protocol: 'toy', reason: 'unknown_app', appId: null },
    ]
    assert.deepEqual(await readEvents(), first)
    clock.pass(minutes(10) - 1)
    noteMany()
    await refusals.flush()
    assert.equal((await readEvents()).length, 2)
    clock.pass(1)
    await refusals.flush()
    assert.deepEqual(
      await readEvents(),
      first.flatMap((one) => [one, { ...one, times: 999 }]),
    )
  })
})

onEachEngine(({ name, open }) => {
  test(`refusals are counted by protocol and reason, and ordinary ones write no audit event (${name})`, async (t) => {
    const { refusals, readEvents } = setUp((await open(t)).db)
    for (const reason of ['login_required', 'login_required', 'x', 'constructor']) {
      refusals.note({ protocol: 'toy', reason, appId: 'notes' })
    }
    const samples = await refusals.metric.read()
    assert.deepEqual(
      samples.map(({ labels, value }) => [labels.protocol, labels.reason, value]),
      [
        ['toy', 'unknown_app', 0],
        ['toy', 'login_required', 2],
        ['toy', 'other', 2],
        ['other-toy', 'unknown_app', 0],
        ['other-toy', 'other', 0],
      ],
    )
    await refusals.flush({ all: true })
    assert.deepEqual(await readEvents(), [
      { protocol: 'toy', reason: 'other', appId: 'notes' },
      { protocol: 'toy', reason: 'other', appId: 'notes' },
    ])
    assert.throws(() => refusals.note({ protocol: 'no toy', reason: 'x' }), /no protocol/)
  })
})

onEachEngine(({ name, open }) => {
  test(`a refused request of an app test leaves neither an event nor a count if it is of that app (${name})`, async (t) => {
    const { db } = await open(t)
    const { clock, refusals, readEvents } = setUp(db)
    const scene = createScene(db, clock)
    const marks = createAppTestMarks(scene)
    const writeRequest = () => ({ headers: { [markHeader]: marks.write('notes') } })
    const hidden = writeRequest()
    for (const [appId, request] of [
      ['notes', hidden],
      [undefined, writeRequest()],
    ] as const)
      refusals.note({ protocol: 'toy', reason: 'unknown_app', appId, request })
    await refusals.flush({ all: true })
    const readTotal = async () =>
      (await refusals.metric.read()).reduce((total, { value }) => total + value, 0)
    assert.deepEqual([await readEvents(), await readTotal()], [[], 0])
    // A copy of the mark comes with another request.
    refusals.note({ protocol: 'toy', reason: 'unknown_app', appId: 'notes', request: hidden })
    await refusals.flush({ all: true })
    assert.deepEqual([(await readEvents()).length, await readTotal()], [1, 1])
    const late = writeRequest()
    refusals.note({ protocol: 'toy', reason: 'unknown_app', appId: 'mail', request: late })
    clock.pass(minutes(1))
    refusals.note({ protocol: 'toy', reason: 'unknown_app', appId: 'notes', request: late })
    await refusals.flush({ all: true })
    assert.equal((await readEvents()).length, 3)
    assert.equal(await readTotal(), 3)
  })
})
