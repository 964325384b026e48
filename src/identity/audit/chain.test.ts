import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hmac, sha256 } from '../../platform/kernel/crypto.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { beginAudit } from './begin.ts'
import { appendEvent, canonicalJson, readAudit } from './chain.ts'
import { deriveEventKey } from './keys.ts'
import { verifyAudit } from './verify.ts'

const at = 1_800_000_000_000
const key = deriveEventKey(keyring)

async function append(db: Database, count: number) {
  for (let i = 1; i <= count; i += 1)
    await appendEvent(db, { key, at: at + i, type: 'tested', data: { userId: `usr_${i}`, n: i } })
}

/** Events as earlier versions without a key wrote them. */
async function appendPlain(db: Database, count: number) {
  for (let i = 0; i < count; i += 1) {
    const end = await db.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow()
    const seq = end.seq + 1
    const hash = sha256(`${end.hash}\n{"at":${at},"data":{},"seq":${seq},"type":"tested"}`)
    const row = { seq, at, type: 'tested', data: '{}', previous_hash: end.hash, hash }
    await db.insertInto('audit_events').values(row).execute()
    await db.updateTable('audit_head').set({ seq, hash }).execute()
  }
}

/** As many events as asked for, written in one statement per 500 rows. */
async function appendMany(db: Database, count: number) {
  let hash = ''
  const rows = Array.from({ length: count }, (_, index) => {
    const seq = index + 1
    const previous = hash
    hash = hmac(key, `${previous}\n{"at":${at},"data":{},"seq":${seq},"type":"tested"}`)
    return { seq, at, type: 'tested', data: '{}', previous_hash: previous, hash }
  })
  for (let from = 0; from < rows.length; from += 500)
    await db
      .insertInto('audit_events')
      .values(rows.slice(from, from + 500))
      .execute()
  await db.updateTable('audit_head').set({ seq: count, hash }).execute()
}

onEachEngine((engine) => {
  test(`an unchanged chain is intact, also an empty one (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: 0 })
    await append(db, 5)
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: 5 })
  })

  test(`the hash is the HMAC-SHA256 of the previous hash and the canonical event, with a key of the key file (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 2)
    const rows = await db.selectFrom('audit_events').selectAll().orderBy('seq').execute()
    const first = hmac(
      key,
      `\n{"at":${at + 1},"data":{"n":1,"userId":"usr_1"},"seq":1,"type":"tested"}`,
    )
    assert.deepEqual(
      rows.map((row) => row.previous_hash),
      ['', first],
    )
    assert.equal(rows[0]?.hash, first)
  })

  test(`every change of a stored event is found, with the place (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 6)
    const changes = [
      { set: { at: at + 99 }, reason: 'changed' },
      { set: { type: 'Tested' }, reason: 'changed' },
      { set: { data: '{"n":3,"userId":"usr_4"}' }, reason: 'changed' },
      { set: { data: '{"n": 3,"userId":"usr_3"}' }, reason: 'changed' },
      { set: { data: '{"userId":"usr_3","n":3}' }, reason: 'changed' },
      { set: { data: 'null' }, reason: 'changed' },
      { set: { data: '' }, reason: 'changed' },
      { set: { hash: 'x' }, reason: 'changed' },
      { set: { previous_hash: 'x' }, reason: 'not_linked' },
      { set: { about: null }, reason: 'changed' },
      { set: { about: 'usr_4' }, reason: 'changed' },
    ] as const
    const row = await db
      .selectFrom('audit_events')
      .selectAll()
      .where('seq', '=', 3)
      .executeTakeFirstOrThrow()
    for (const { set, reason } of changes) {
      await db.updateTable('audit_events').set(set).where('seq', '=', 3).execute()
      assert.deepEqual(await verifyAudit(db, keyring), { type: 'broken', seq: 3, reason })
      await db.updateTable('audit_events').set(row).where('seq', '=', 3).execute()
    }
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: 6 })
  })

  test(`a changed event with a matching hash breaks the next link (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 3)
    const [, second] = await db.selectFrom('audit_events').selectAll().orderBy('seq').execute()
    const data = '{"n":9,"userId":"usr_2"}'
    const hash = hmac(
      key,
      `${second?.previous_hash}\n{"at":${at + 2},"data":${data},"seq":2,"type":"tested"}`,
    )
    await db.updateTable('audit_events').set({ data, hash }).where('seq', '=', 2).execute()
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'broken',
      seq: 3,
      reason: 'not_linked',
    })
  })

  test(`a missing event is found, at the start, inside and at the end (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 5)
    const remove = (seq: number) =>
      db.deleteFrom('audit_events').where('seq', '=', seq).returningAll().executeTakeFirstOrThrow()
    for (const seq of [1, 3, 5]) {
      const row = await remove(seq)
      assert.deepEqual(await verifyAudit(db, keyring), { type: 'broken', seq, reason: 'missing' })
      await db.insertInto('audit_events').values(row).execute()
    }
    await db.deleteFrom('audit_events').execute()
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'broken', seq: 1, reason: 'missing' })
  })

  test(`reordered events are found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 4)
    const move = (from: number, to: number) =>
      db.updateTable('audit_events').set({ seq: to }).where('seq', '=', from).execute()
    await move(2, 99)
    await move(3, 2)
    await move(99, 3)
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'broken',
      seq: 2,
      reason: 'not_linked',
    })
  })

  test(`an added event and a changed head are found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 2)
    const { hash } = await db.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow()
    const added = {
      seq: 3,
      at,
      type: 'forged',
      data: '{}',
      previous_hash: hash,
      hash: hmac(key, `${hash}\n{"at":${at},"data":{},"seq":3,"type":"forged"}`),
    }
    await db.insertInto('audit_events').values(added).execute()
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'broken',
      seq: 3,
      reason: 'not_in_head',
    })
    await db.deleteFrom('audit_events').where('seq', '=', 3).execute()
    await db.updateTable('audit_head').set({ hash: 'x' }).execute()
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'broken',
      seq: 2,
      reason: 'not_in_head',
    })
    await db.deleteFrom('audit_head').execute()
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'broken',
      seq: 1,
      reason: 'not_in_head',
    })
    await assert.rejects(append(db, 1))
  })

  test(`events from before the key are anchored by it, and a later event without the key is found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await appendPlain(db, 3)
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'broken',
      seq: 3,
      reason: 'not_keyed',
    })
    const parts = { db, clock: { now: () => at }, keyring, log: silentLog }
    await beginAudit(parts)
    await beginAudit(parts)
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: 4, unkeyed: 3 })
    const [, , , event] = await readAudit(db, { limit: 9 })
    assert.deepEqual([event?.type, event?.data], ['audit_log_keyed', { events: 3 }])
    await appendPlain(db, 1)
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'broken',
      seq: 5,
      reason: 'not_keyed',
    })
  })

  test(`a log verifies with its own oldest key, and not with another key file (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 3)
    const other = createKeyring({ keys: [{ id: 'b', key: new Uint8Array(32).fill(9) }], random })
    assert.deepEqual(await verifyAudit(db, other), { type: 'broken', seq: 1, reason: 'changed' })
    // A key that comes in front seals; the oldest one is still what events are under.
    const rotated = createKeyring({
      keys: [
        { id: 'new', key: new Uint8Array(32).fill(8) },
        { id: 'test', key: new Uint8Array(32).fill(7) },
      ],
      random,
    })
    assert.deepEqual(await verifyAudit(db, rotated), { type: 'intact', events: 3 })
  })

  test(`at its start a node logs that the newest event was changed, and writes no event (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const said: string[] = []
    const log = { ...silentLog, error: (_: object, text: string) => said.push(text) }
    const parts = { db, clock: { now: () => at }, keyring, log }
    await beginAudit(parts)
    await append(db, 2)
    await beginAudit(parts)
    assert.deepEqual(said, [])
    await db.updateTable('audit_events').set({ at: 5 }).where('seq', '=', 2).execute()
    await beginAudit(parts)
    assert.match(`${said}`, /newest event of the audit log was changed/)
    assert.equal((await readAudit(db, { limit: 9 })).length, 2)
  })

  test(`more events than one batch are verified (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await appendMany(db, 2500)
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: 2500 })
    await db.updateTable('audit_events').set({ at: 0 }).where('seq', '=', 2001).execute()
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'broken',
      seq: 2001,
      reason: 'changed',
    })
  })

  test(`parallel appends over two nodes make one chain without gaps (${engine.name})`, async (t) => {
    const [first, second] = await engine.openTwice(t)
    const appends = Array.from({ length: 60 }, (_, index) =>
      appendEvent(index % 2 === 0 ? first.db : second.db, {
        ...{ key, at },
        type: 'tested',
        data: { index },
      }),
    )
    const verified = verifyAudit(second.db, keyring)
    await Promise.all(appends)
    assert.equal((await verified).type, 'intact')
    assert.deepEqual(await verifyAudit(second.db, keyring), { type: 'intact', events: 60 })
  })

  test(`a transaction that is rolled back leaves no event (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 1)
    const failing = db.transaction().execute(async (tx) => {
      await append(tx, 2)
      throw new Error('later')
    })
    await assert.rejects(failing, /later/)
    await append(db, 1)
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: 2 })
  })

  test(`events are read oldest first, from the start or after a given event (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 5)
    const seqs = (events: { seq: number }[]) => events.map((event) => event.seq)
    assert.deepEqual(seqs(await readAudit(db, { limit: 2 })), [1, 2])
    assert.deepEqual(seqs(await readAudit(db, { after: 2, limit: 9 })), [3, 4, 5])
    assert.deepEqual((await readAudit(db, { limit: 1 }))[0], {
      seq: 1,
      at: at + 1,
      type: 'tested',
      data: { n: 1, userId: 'usr_1' },
    })
  })

  test(`the engine gives whole numbers back as numbers (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await append(db, 1)
    const row = await db.selectFrom('audit_events').select(sql<number>`seq + 0`.as('n')).execute()
    assert.deepEqual(row, [{ n: 1 }])
  })
})

test('canonical JSON does not depend on the order of keys and is JSON', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string({ unit: 'binary' })),
  )
  const facts = fc.dictionary(fc.string({ unit: 'binary' }), value, { noNullPrototype: true })
  fc.assert(
    fc.property(facts, (data) => {
      const text = canonicalJson(data)
      const reversed = Object.fromEntries(Object.entries(data).reverse())
      assert.equal(canonicalJson(reversed), text)
      assert.equal(canonicalJson(JSON.parse(text)), text)
      assert.equal(JSON.stringify(JSON.parse(text)).length, text.length)
    }),
  )
})

test('canonical JSON sorts by code unit, keeps arrays as they are and leaves undefined out', () => {
  const facts = { b: 1, a: ['z', 'y'], B: null, ä: true, gone: undefined }
  assert.equal(canonicalJson(facts), '{"B":null,"a":["z","y"],"b":1,"ä":true}')
  assert.equal(canonicalJson({ '9': 1, '10': 2, 'a"': '\n' }), '{"10":2,"9":1,"a\\"":"\\n"}')
})
