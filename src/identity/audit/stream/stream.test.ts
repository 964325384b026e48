import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { testKeyring as keyring } from '../../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { hours, minutes, seconds } from '../../../platform/kernel/clock.ts'
import { silentLog } from '../../../platform/kernel/log.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { appendEvent } from '../chain.ts'
import { deriveEventKey } from '../keys.ts'
import type { ListedEvent } from '../list.ts'
import { readHead } from '../verify.ts'
import { listStreamMetrics } from './metrics.ts'
import { findFirstUnsent, listReceivers, movePosition } from './positions.ts'
import { createAuditStream, type Refusal } from './stream.ts'

const start = 1_800_000_000_000
const key = deriveEventKey(keyring)

const createClock = () => {
  const clock = { time: start, now: () => clock.time }
  return clock
}

type TestClock = ReturnType<typeof createClock>

async function append(db: Database, { time }: TestClock, types: readonly string[]) {
  for (const type of types) await appendEvent(db, { key, at: time, type, data: { userId: 'u' } })
}

const many = (count: number, type = 'tested') => Array.from({ length: count }, () => type)

type Answer = (events: readonly ListedEvent[]) => Promise<Refusal | undefined> | Refusal | undefined

/** What a receiver got, in the order in which it came. */
function createReceiver(name = 'siem', types: readonly string[] = []) {
  const batches: number[][] = []
  const receiver = {
    name,
    types,
    batches,
    answer: (() => undefined) as Answer,
    async deliver(events: readonly ListedEvent[]) {
      batches.push(events.map(({ seq }) => seq))
      return await receiver.answer(events)
    },
  }
  return receiver
}

interface NodeOptions {
  readonly clock: TestClock
  readonly node?: string
  readonly gone?: readonly string[]
  readonly receivers: readonly ReturnType<typeof createReceiver>[]
}

function createNode(db: Database, { clock, node = 'one', gone = [], receivers }: NodeOptions) {
  const said: string[] = []
  const say = (_: object, text: string) => void said.push(text)
  const log = { ...silentLog, info: say, warn: say, error: say }
  const nodes = { own: node, isGone: async (other: string) => gone.includes(other) }
  return { said, ...createAuditStream({ db, clock, log, nodes, receivers, batchSize: 3 }) }
}

const away: Answer = () => ({ reason: 'ECONNREFUSED' })

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('events go in the order of the chain, from those on that happen later'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createClock()
    const receiver = createReceiver()
    const node = createNode(db, { clock, receivers: [receiver] })
    await append(db, clock, many(2))
    await node.begin()
    await append(db, clock, many(7))
    await node.send()
    assert.deepEqual(receiver.batches, [[3, 4, 5], [6, 7, 8], [9]])
    await node.begin()
    await node.send()
    assert.equal(receiver.batches.length, 3)
    const [state] = await listReceivers(db)
    const still = { failures: 0, failingSince: undefined, reason: undefined }
    const done = { seq: 9, waiting: 0, waitingSince: undefined, sentAt: start }
    assert.deepEqual(state, { name: 'siem', ...still, ...done })
  })

  test(say('a receiver gets the types that it waits for'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createClock()
    const [some, none] = [
      createReceiver('a', ['login_failed', 'push_*']),
      createReceiver('b', ['x']),
    ]
    const node = createNode(db, { clock, receivers: [some, none] })
    await node.begin()
    await append(db, clock, ['login_failed', 'login_succeeded', 'push_sent', 'pushed'])
    await node.send()
    assert.deepEqual(some.batches.flat(), [1, 3])
    assert.deepEqual(none.batches, [])
    assert.deepEqual(
      (await listReceivers(db)).map(({ seq, sentAt }) => [seq, sentAt]),
      [
        [4, start],
        [4, undefined],
      ],
    )
  })

  test(say('nothing is lost over an outage, and the waits double up to a minute'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createClock()
    const [siem, other] = [createReceiver(), createReceiver('other')]
    const node = createNode(db, { clock, receivers: [siem, other] })
    await node.begin()
    siem.answer = away
    await append(db, clock, many(4))
    const waits: number[] = []
    let last = clock.time
    while (clock.time < start + hours(1.2)) {
      const before = siem.batches.length
      await node.send()
      if (siem.batches.length > before) {
        waits.push((clock.time - last) / seconds(1))
        last = clock.time
      }
      clock.time += clock.time < start + minutes(5) ? seconds(1) : minutes(1)
    }
    assert.deepEqual(waits.slice(0, 9), [0, 1, 2, 4, 8, 16, 32, 60, 60])
    assert.ok(siem.batches.every((batch) => batch.join() === '1,2,3'))
    assert.deepEqual(other.batches, [[1, 2, 3], [4]], 'it holds up no other')
    const [, state] = await listReceivers(db)
    assert.equal(state?.waiting, 4)
    assert.equal(state?.failingSince, start)
    assert.equal(state?.reason, 'ECONNREFUSED')
    siem.answer = () => undefined
    siem.batches.length = 0
    clock.time += minutes(1)
    await node.send()
    assert.deepEqual(siem.batches, [[1, 2, 3], [4]])
    const takesNone = 'a receiver of the audit log does not take events, which wait for it'
    assert.deepEqual(node.said, [
      ...[takesNone, takesNone],
      'a receiver of the audit log takes events again',
    ])
  })

  test(
    say('a receiver that hangs delays no other, and gets each event once when it goes on'),
    async (t) => {
      const [a, b] = await engine.openTwice(t)
      const clock = createClock()
      const [siem, other] = [createReceiver(), createReceiver('other')]
      const one = createNode(a.db, { clock, receivers: [siem, other] })
      const two = createNode(b.db, { clock, node: 'two', receivers: [siem, other] })
      const hanging = Promise.withResolvers<undefined>()
      siem.answer = () => hanging.promise
      await one.begin()
      for (let n = 1; n <= 5; n += 1) {
        await append(a.db, clock, many(1))
        for (let tries = 0; other.batches.length < n; tries += 1) {
          assert.ok(tries < 10_000, `event ${n} does not arrive`)
          void one.send()
          void two.send()
          await sleep(1)
        }
      }
      assert.deepEqual(other.batches, [[1], [2], [3], [4], [5]])
      assert.deepEqual(siem.batches, [[1]])
      hanging.resolve(undefined)
      await Promise.all([one.send(), two.send()])
      await Promise.all([one.send(), two.send()])
      assert.deepEqual(siem.batches.flat(), [1, 2, 3, 4, 5])
      assert.equal(other.batches.length, 5)
    },
  )

  test(
    say('a node that is killed before it noted what was taken costs copies, and loses nothing'),
    async (t) => {
      const { db } = await engine.open(t)
      const clock = createClock()
      const receiver = createReceiver()
      const killed = createNode(db, { clock, receivers: [receiver] })
      await killed.begin()
      await append(db, clock, many(5))
      receiver.answer = () => {
        if (receiver.batches.length === 2) throw new Error('killed')
        return undefined
      }
      await killed.send()
      assert.deepEqual(receiver.batches, [
        [1, 2, 3],
        [4, 5],
      ])
      const next = createNode(db, { clock, node: 'two', gone: ['one'], receivers: [receiver] })
      receiver.answer = () => undefined
      await next.send()
      assert.deepEqual(receiver.batches.slice(2), [[4, 5]])
    },
  )

  test(say('one node at a time sends, and another one takes over when it is silent'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createClock()
    const [first, second] = [createReceiver(), createReceiver()]
    const one = createNode(db, { clock, receivers: [first] })
    const two = createNode(db, { clock, node: 'two', receivers: [second] })
    await one.begin()
    await append(db, clock, many(1))
    await one.send()
    await append(db, clock, many(1))
    await two.send()
    assert.deepEqual(second.batches, [])
    clock.time += minutes(1)
    await two.send()
    assert.deepEqual([first.batches, second.batches], [[[1]], [[2]]])
    await two.stop()
    await append(db, clock, many(1))
    await one.send()
    assert.deepEqual(first.batches, [[1], [3]], 'a node that ends lets go at once')
  })

  test(say('two nodes at once send each event, in order, and once'), async (t) => {
    const [a, b] = await engine.openTwice(t)
    const clock = createClock()
    const receiver = createReceiver()
    const one = createNode(a.db, { clock, receivers: [receiver] })
    const two = createNode(b.db, { clock, node: 'two', receivers: [receiver] })
    await one.begin()
    for (let n = 0; n < 10; n += 1) {
      await Promise.all([append(a.db, clock, many(4)), one.send(), two.send()])
      clock.time += seconds(20)
    }
    await Promise.all([one.send(), two.send()])
    assert.deepEqual(
      receiver.batches.flat(),
      Array.from({ length: 40 }, (_, at) => at + 1),
    )
  })

  test(say('a node that was held up while it sent moves nothing back'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createClock()
    const [slow, quick] = [createReceiver(), createReceiver()]
    const one = createNode(db, { clock, receivers: [slow] })
    const two = createNode(db, { clock, node: 'two', receivers: [quick] })
    await one.begin()
    await append(db, clock, many(4))
    slow.answer = async () => {
      clock.time += minutes(2)
      await two.send()
      return undefined
    }
    await one.send()
    assert.deepEqual(quick.batches, [[1, 2, 3], [4]])
    assert.equal((await listReceivers(db))[0]?.seq, 4)
  })

  test(say('what is too large goes in smaller parts, and one event that is waits'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createClock()
    const receiver = createReceiver()
    const node = createNode(db, { clock, receivers: [receiver] })
    await node.begin()
    await append(db, clock, [...many(3), 'huge'])
    receiver.answer = (events) =>
      events.length > 1 || events[0]?.type === 'huge'
        ? { reason: 'HTTP 413', isTooLarge: true }
        : undefined
    await node.send()
    assert.deepEqual(receiver.batches.at(-1), [4])
    const [state] = await listReceivers(db)
    assert.deepEqual([state?.seq, state?.reason], [3, 'HTTP 413'])
  })

  test(say('A43: a clock that is set back makes neither a wait nor a lease longer'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createClock()
    const receiver = createReceiver()
    const one = createNode(db, { clock, receivers: [receiver] })
    const two = createNode(db, { clock, node: 'two', receivers: [receiver] })
    await one.begin()
    await append(db, clock, many(1))
    receiver.answer = away
    await one.send()
    receiver.answer = () => undefined
    clock.time -= hours(5)
    await two.send()
    assert.deepEqual(receiver.batches, [[1], [1]])
    await append(db, clock, many(1))
    clock.time -= seconds(30)
    await one.send()
    assert.equal(receiver.batches.length, 2)
    clock.time += minutes(1.5)
    await one.send()
    assert.equal(receiver.batches.length, 3)
  })

  test(
    say('what was removed or changed before it was sent is said, and the rest goes on'),
    async (t) => {
      const { db } = await engine.open(t)
      const clock = createClock()
      const receiver = createReceiver()
      const node = createNode(db, { clock, receivers: [receiver] })
      await node.begin()
      await append(db, clock, many(6))
      assert.equal(await findFirstUnsent(db, ['siem', 'other']), 1)
      await db.deleteFrom('audit_events').where('seq', '<=', 2).execute()
      await node.send()
      assert.deepEqual(receiver.batches.flat(), [3, 4, 5, 6])
      assert.deepEqual(node.said, [
        'events of the audit log were removed before a receiver had them',
      ])
      assert.equal(await findFirstUnsent(db, ['siem']), 7)
      // The end is cut off, and the log goes on from there.
      await db.deleteFrom('audit_events').where('seq', '>', 4).execute()
      const { hash } = await db
        .selectFrom('audit_events')
        .select('hash')
        .where('seq', '=', 4)
        .executeTakeFirstOrThrow()
      await db.updateTable('audit_head').set({ seq: 4, hash }).execute()
      await node.send()
      assert.match(`${node.said[1]}`, /does not have the event that a receiver has got/)
      await append(db, clock, many(1))
      await node.send()
      assert.deepEqual(receiver.batches.at(-1), [5])
    },
  )

  test(say('a receiver can be sent to again from any event on'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createClock()
    const receiver = createReceiver()
    const node = createNode(db, { clock, receivers: [receiver] })
    await node.begin()
    await append(db, clock, many(3))
    await node.send()
    assert.equal(await movePosition(db, 'siem', { seq: 0, hash: '' }), 3)
    await node.send()
    assert.deepEqual(receiver.batches, [
      [1, 2, 3],
      [1, 2, 3],
    ])
    assert.equal(await movePosition(db, 'unknown', await readHead(db)), undefined)
  })

  test(say('metrics show what waits, for how long, and how often it was tried'), async (t) => {
    const { db } = await engine.open(t)
    const clock = createClock()
    const receiver = createReceiver()
    const node = createNode(db, { clock, receivers: [receiver] })
    await node.begin()
    receiver.answer = away
    await append(db, clock, many(4))
    await node.send()
    clock.time += minutes(1)
    const metrics = listStreamMetrics({ db, clock, log: silentLog, receivers: [receiver] })
    const samples = await Promise.all(metrics.map(({ read }) => read()))
    assert.deepEqual(
      samples.flat().map(({ labels, value }) => [labels.receiver, value]),
      [
        ['siem', 4],
        ['siem', 60],
        ['siem', 1],
      ],
    )
  })
})
