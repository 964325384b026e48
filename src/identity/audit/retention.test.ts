import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { hmac } from '../../platform/kernel/crypto.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { type Log, silentLog } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { appendEvent, plainHash, readAudit } from './chain.ts'
import { type Head, signHead } from './heads.ts'
import { deriveEventKey } from './keys.ts'
import { createRetention, type RetentionOptions } from './retention.ts'
import { readHead, verifyAudit } from './verify.ts'

const start = 1_800_000_000_000
const key = deriveEventKey(keyring)
const day = hours(24)
const maxAge = 100 * day

/** An event a day, from `from` on. */
async function fill(db: Database, days: number, from = start) {
  await transact(db, async (tx) => {
    for (let n = 0; n < days; n += 1) {
      const data = { userId: `usr_${n % 50}`, n }
      await appendEvent(tx, { key, at: from + n * day, type: 'login_succeeded', data })
    }
  })
}

function openScene(db: Database, more: Partial<RetentionOptions> = {}) {
  const clock = { time: start, now: () => clock.time }
  const errors: unknown[] = []
  const log: Log = { ...silentLog, error: (entry) => void errors.push(entry) }
  const retention = createRetention({
    ...{ db, clock, keyring, log, maxAge },
    isClockRight: () => true,
    beforeDeletion: async () => undefined,
    ...more,
  })
  return { clock, errors, retention }
}

/** Of events that retention did not write. */
const listDays = async (db: Database) =>
  (await readAudit(db, { limit: 10_000 })).flatMap(({ type, data }) =>
    type === 'login_succeeded' ? Number(data.n) : [],
  )

const state = (db: Database) => verifyAudit(db, keyring)

onEachEngine((engine) => {
  test(`events are deleted when they are too old, and the rest is verified from the checkpoint on (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 700)
    const { clock, errors, retention } = openScene(db)
    clock.time = start + 700 * day
    await retention.purge()
    assert.deepEqual(
      await listDays(db),
      Array.from({ length: 100 }, (_, n) => 600 + n),
    )
    assert.deepEqual(await state(db), {
      type: 'intact',
      events: 101,
      deleted: { seq: 600, at: clock.time },
    })
    const [last] = (await readAudit(db, { limit: 1000 })).slice(-1)
    assert.equal(last?.type, 'audit_log_shortened')
    assert.deepEqual(last?.data, {
      from: 1,
      olderThan: new Date(start + 600 * day).toISOString(),
    })
    assert.deepEqual(errors, [])
  })

  test(`the deletion continues from its checkpoint, once a day and not for each event (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 700)
    const { clock, retention } = openScene(db)
    clock.time = start + 700 * day
    await retention.purge()
    clock.time += day
    await retention.purge()
    assert.equal((await listDays(db))[0], 600)
    clock.time += 1
    await retention.purge()
    assert.equal((await listDays(db))[0], 602)
    const found = await state(db)
    assert.deepEqual(found, {
      type: 'intact',
      events: 100,
      deleted: { seq: 602, at: clock.time },
    })
  })

  test(`events that a receiver has not taken yet are not deleted, and the log warns of it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 300)
    const said: object[] = []
    let unsent: number | undefined = 51
    const { clock, retention } = openScene(db, {
      log: { ...silentLog, warn: (entry) => void said.push(entry) },
      findFirstUnsent: async () => unsent,
    })
    clock.time = start + 300 * day
    await retention.purge()
    assert.equal((await listDays(db))[0], 50)
    assert.deepEqual(said, [{ unsent: 51 }])
    unsent = undefined
    await retention.purge()
    assert.equal((await listDays(db))[0], 200)
    assert.equal(said.length, 1)
    assert.equal((await state(db)).type, 'intact')
  })

  test(`two nodes that delete at the same time delete each event once and write one audit event (${engine.name})`, async (t) => {
    const [one, other] = await engine.openTwice(t)
    await fill(one.db, 900)
    const scenes = [openScene(one.db), openScene(other.db)]
    for (const { clock } of scenes) clock.time = start + 900 * day
    await Promise.all(scenes.map(({ retention }) => retention.purge()))
    assert.deepEqual(
      await listDays(one.db),
      Array.from({ length: 100 }, (_, n) => 800 + n),
    )
    const types = (await readAudit(one.db, { limit: 1000 })).map(({ type }) => type)
    assert.equal(types.filter((type) => type === 'audit_log_shortened').length, 1)
    assert.equal((await state(one.db)).type, 'intact')
    assert.deepEqual(
      scenes.flatMap(({ errors }) => errors),
      [],
    )
  })

  test(`a node that stops during a deletion leaves an intact log, and the next node continues (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 900)
    let calls = 0
    const broken = openScene(db, {
      beforeDeletion: async () => {
        calls += 1
        if (calls === 3) throw new Error('the node ends')
      },
    })
    broken.clock.time = start + 900 * day
    await broken.retention.purge()
    assert.equal(broken.errors.length, 1)
    assert.equal((await listDays(db))[0], 400)
    assert.equal((await state(db)).type, 'intact')
    const next = openScene(db)
    next.clock.time = broken.clock.time
    await next.retention.purge()
    assert.equal((await listDays(db))[0], 800)
    assert.equal((await state(db)).type, 'intact')
  })

  test(`a stop ends the deletion after the current part (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 900)
    const { clock, retention } = openScene(db)
    clock.time = start + 900 * day
    void retention.purge()
    await retention.stop()
    assert.equal((await state(db)).type, 'intact')
    assert.ok(((await listDays(db))[0] ?? 0) <= 200)
  })

  test(`a broken part of the audit log is not deleted, so that the evidence stays (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 700)
    await db.deleteFrom('audit_events').where('seq', '=', 250).execute()
    const { clock, errors, retention } = openScene(db)
    clock.time = start + 700 * day
    await retention.purge()
    assert.deepEqual(errors, [{ seq: 250, reason: 'missing' }])
    assert.equal((await listDays(db))[0], 200)
    assert.deepEqual(await state(db), { type: 'broken', seq: 250, reason: 'missing' })
  })

  test(`A50: a checkpoint that was forged, moved, taken from elsewhere or removed is found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 700)
    const { clock, errors, retention } = openScene(db)
    clock.time = start + 700 * day
    await retention.purge()
    const rows = db.selectFrom('audit_checkpoint').selectAll()
    const right = await rows.executeTakeFirstOrThrow()
    const set = (values: Partial<typeof right>) => db.updateTable('audit_checkpoint').set(values)
    const last = (await readAudit(db, { limit: 20 })).at(-1)?.seq ?? 0
    const { hash } = await db
      .selectFrom('audit_events')
      .select('hash')
      .where('seq', '=', last)
      .executeTakeFirstOrThrow()
    const text = `einlass audit checkpoint\n${JSON.stringify([last, hash, 1, '{}', right.made_at])}`
    const foreign = createKeyring({ keys: [{ id: 'x', key: new Uint8Array(32).fill(9) }], random })
    const forged = [
      { seq: last, hash },
      { seq: last, hash, mac: hmac(new Uint8Array(32), text) },
      { seq: last, hash, mac: hmac(foreign.derive('audit/checkpoint'), text) },
      { made_at: 1 },
      { is_keyed: 0 as const },
      { erasures: '{"x":{"from":1,"events":1,"digest":""}}' },
      { hash: '', mac: '' },
    ]
    for (const values of forged) {
      await set(values).execute()
      assert.deepEqual(await state(db), { type: 'broken', seq: 1, reason: 'forged_checkpoint' })
      await set(right).execute()
    }
    // As if nothing had ever been deleted.
    await set({ seq: 0, hash: '', mac: '', made_at: 0 }).execute()
    assert.deepEqual(await state(db), { type: 'broken', seq: 1, reason: 'missing' })
    clock.time += 10 * day
    await retention.purge()
    assert.deepEqual(errors, [{ seq: 1, reason: 'missing' }])
    await db.deleteFrom('audit_checkpoint').execute()
    assert.deepEqual(await state(db), { type: 'broken', seq: 1, reason: 'forged_checkpoint' })
    await db.insertInto('audit_checkpoint').values(right).execute()
    assert.equal((await state(db)).type, 'intact')
  })

  test(`A50: missing events after the checkpoint, and existing events before it, are found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 700)
    const old = await db.selectFrom('audit_events').selectAll().where('seq', '=', 600).execute()
    const { clock, retention } = openScene(db)
    clock.time = start + 700 * day
    await retention.purge()
    await db.insertInto('audit_events').values(old).execute()
    assert.deepEqual(await state(db), { type: 'broken', seq: 600, reason: 'before_checkpoint' })
    await db.deleteFrom('audit_events').where('seq', '<=', 610).execute()
    assert.deepEqual(await state(db), { type: 'broken', seq: 601, reason: 'missing' })
  })

  test(`A50: a log without events after its checkpoint is found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 700)
    const { clock, retention } = openScene(db)
    clock.time = start + 700 * day
    await retention.purge()
    const { seq, hash } = await db
      .selectFrom('audit_checkpoint')
      .selectAll()
      .executeTakeFirstOrThrow()
    await db.deleteFrom('audit_events').execute()
    await db.updateTable('audit_head').set({ seq, hash }).execute()
    assert.deepEqual(await state(db), { type: 'broken', seq: 601, reason: 'missing' })
  })

  test(`exported heads at and after the checkpoint are compared, and earlier ones are counted (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const heads: Head[] = []
    for (let part = 0; part < 7; part += 1) {
      await fill(db, 100, start + part * 100 * day)
      heads.push(await readHead(db))
    }
    const { clock, retention } = openScene(db)
    clock.time = start + 700 * day
    await retention.purge()
    const found = await verifyAudit(db, keyring, heads)
    assert.deepEqual(found, {
      type: 'intact',
      events: 101,
      deleted: { seq: 600, at: clock.time },
      earlierHeads: 5,
    })
    for (const at of [5, 6]) {
      const others = heads.map((one, index) => (index === at ? { ...one, hash: 'other' } : one))
      assert.deepEqual(await verifyAudit(db, keyring, others), {
        type: 'broken',
        seq: heads[at]?.seq,
        reason: 'not_as_exported',
      })
    }
    const later = signHead(keyring, { seq: 900, hash: 'x' }, '2030-01-01')
    assert.deepEqual(await verifyAudit(db, keyring, [later]), {
      type: 'broken',
      seq: 702,
      reason: 'missing',
    })
  })

  test(`verification during a deletion finds the log intact (${engine.name})`, async (t) => {
    const [one, other] = await engine.openTwice(t)
    await fill(one.db, 1500)
    const { clock, retention } = openScene(one.db)
    clock.time = start + 1500 * day
    const purged = retention.purge()
    const states = []
    for (let count = 0; count < 5; count += 1) states.push(await state(other.db))
    await purged
    assert.deepEqual(
      states.map(({ type }) => type),
      Array(5).fill('intact'),
    )
  })

  test(`a clock that has jumped ahead, or is known to be wrong, deletes nothing (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 50)
    const { clock, retention } = openScene(db)
    clock.time = start + 10_000 * day
    await retention.purge()
    await appendEvent(db, { key, at: clock.time, type: 'login_succeeded', data: { n: 50 } })
    await retention.purge()
    assert.equal((await listDays(db)).length, 51)
    // A day later, the clock is believed.
    clock.time += day
    await retention.purge()
    assert.deepEqual(await listDays(db), [50])
    const wrong = openScene(db, { isClockRight: () => false })
    wrong.clock.time = clock.time + 200 * day
    await fill(db, 150, clock.time)
    await wrong.retention.purge()
    assert.equal((await listDays(db)).length, 151)
  })

  test(`a clock that has jumped ahead by less than the maximum age deletes nothing for a day (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 90)
    const { clock, retention } = openScene(db)
    clock.time = start + (90 + 40) * day
    await retention.purge()
    assert.equal((await listDays(db)).length, 90)
    await fill(db, 1, clock.time)
    clock.time += day - 1
    await retention.purge()
    assert.equal((await listDays(db)).length, 91)
    clock.time += 1
    await retention.purge()
    assert.equal((await listDays(db)).length, 60)
  })

  test(`events with a time in the future do not stop the deletion of old events (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db, 10)
    await fill(db, 5, start + 5000 * day)
    await fill(db, 300, start + 10 * day)
    const { clock, retention } = openScene(db)
    clock.time = start + 150 * day
    await retention.purge()
    assert.equal((await readAudit(db, { limit: 1 }))[0]?.seq, 56)
    assert.equal((await state(db)).type, 'intact')
  })

  test(`events from before the key are deleted as well (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    let hash = ''
    const rows = Array.from({ length: 300 }, (_, index) => {
      const event = { seq: index + 1, at: start + index * day, type: 'old', data: '{}' }
      const previous = hash
      hash = plainHash(previous, event)
      return { ...event, previous_hash: previous, hash, about: null }
    })
    await db.insertInto('audit_events').values(rows).execute()
    await db.updateTable('audit_head').set({ seq: 300, hash }).execute()
    await fill(db, 10, start + 300 * day)
    const { clock, retention } = openScene(db)
    clock.time = start + 310 * day
    await retention.purge()
    assert.deepEqual(await state(db), {
      type: 'intact',
      events: 101,
      unkeyed: 300,
      deleted: { seq: 210, at: clock.time },
    })
  })
})
