import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../dev/test-support/scene.ts'
import { createSessions } from '../identity/sessions/sessions.ts'
import { createJourneyStore } from '../login/engine/store.ts'
import { createKeyring } from '../platform/kernel/keyring.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import {
  type BoundTable,
  boundColumns,
  boundTables,
  createRowBinding,
} from '../platform/storage/bound-rows.ts'
import type { Database } from '../platform/storage/database.ts'
import { bindRows, countRows } from '../platform/storage/row-walk.ts'

const limits = { idle: 60_000, absolute: 600_000 }
const client = { address: null, userAgent: null }

/** Two people, with a row of each table for each of them, and what a reader finds. */
async function openRows(db: Database, isStrict = true) {
  const keyring = createKeyring({ keys: [{ id: 'a', key: new Uint8Array(32).fill(9) }], random })
  if (isStrict) keyring.refuseUnboundRows()
  const reports: string[] = []
  const rows = createRowBinding({ keyring, report: ({ table }) => void reports.push(table) })
  const scene = createScene(db, createTestClock())
  const sessions = createSessions({ ...scene, rows, limits })
  const store = createJourneyStore({ random, rows })
  const people = []
  for (const name of ['mallory', 'erika']) {
    const userId = await scene.addUser(name)
    const proof = { amr: ['pwd'], acr: 'urn:einlass:acr:password', authenticatedAt: 1 }
    const { id, token } = await sessions.create(db, { userId, client, ...proof })
    const knowledge = { factor: 'password', strength: 'knowledge', amr: ['pwd'] } as const
    const proven = { userId, ...knowledge, authenticatorId: null, provenAt: 1 }
    await store.insertProof(db, `journey of ${name}`, proven, id)
    people.push({ userId, id, token })
  }
  const [mallory, erika] = people as [(typeof people)[0], (typeof people)[0]]
  return {
    ...{ keyring, rows, reports, sessions, store, mallory, erika, scene },
    /** For each table: whether Mallory's row is found by the code that reads it. */
    readers: {
      sessions: async () => (await sessions.find(mallory.token)) !== undefined,
      proofs: async () => (await store.proofsOfSession(db, mallory.id)).length > 0,
    } satisfies Record<BoundTable, () => Promise<boolean>>,
  }
}

const ownerOf = { sessions: 'user_id', proofs: 'user_id' } as const satisfies Record<
  BoundTable,
  string
>

/** Another value that the column could have. */
const another = (value: unknown, column: string): unknown => {
  if (typeof value === 'number') return value + 1000
  if (column === 'amr') return '["pwd","hwk","mfa"]'
  return value === null ? 'other' : `${value}x`
}

/** What finds the row: a row whose value here differs is another row, which nobody asks for. */
const found = { sessions: ['id', 'token_hash'], proofs: ['id', 'session_id'] } as const

onEachEngine((engine) => {
  for (const table of boundTables) {
    const changed = boundColumns[table].filter(
      (column) => !(found[table] as readonly string[]).includes(column),
    )
    test(`A58: a row of ${table} that was changed in any column that means something is not there (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const { readers, mallory, erika, reports, rows } = await openRows(db)
      assert.equal(await readers[table](), true)
      for (const column of [...changed, 'row_mac']) {
        const own = sql`${sql.ref(ownerOf[table])} = ${mallory.userId}`
        const { rows: before } = await sql<Record<string, unknown>>`
          select * from ${sql.table(table)} where ${own}`.execute(db)
        const value =
          column === ownerOf[table] ? erika.userId : another(before[0]?.[column], column)
        const where = sql`where id = ${before[0]?.id}`
        const set = (to: unknown) =>
          sql`update ${sql.table(table)} set ${sql.ref(column)} = ${to} ${where}`.execute(db)
        await set(value)
        reports.length = 0
        assert.equal(await readers[table](), false, column)
        assert.ok(reports.includes(table), column)
        const count = (await countRows(db, rows)).find((one) => one.table === table)
        assert.equal(count?.forged, 1, column)
        await set(before[0]?.[column])
        assert.equal(await readers[table](), true, column)
      }
    })

    test(`A58: a row of ${table} without a code, or with the code of another row, is not there (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const { readers, mallory, erika, rows } = await openRows(db)
      const macOf = async (userId: string) => {
        const { rows: own } = await sql<{ row_mac: string }>`
          select row_mac from ${sql.table(table)} where user_id = ${userId}`.execute(db)
        return own[0]?.row_mac
      }
      for (const mac of [null, '', await macOf(erika.userId)]) {
        await sql`update ${sql.table(table)} set row_mac = ${mac}
          where user_id = ${mallory.userId}`.execute(db)
        assert.equal(await readers[table](), false, `${mac}`)
      }
      const counts = (await countRows(db, rows)).find((one) => one.table === table)
      assert.deepEqual([counts?.bound, counts?.forged], [1, 1])
    })

    test(`A58: a row of ${table} that is moved to another user, or copied under another id, opens nothing (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const { readers, mallory, erika } = await openRows(db)
      await sql`update ${sql.table(table)} set ${sql.ref(ownerOf[table])} = ${erika.userId}
        where ${sql.ref(ownerOf[table])} = ${mallory.userId}`.execute(db)
      assert.equal(await readers[table](), false)
    })
  }

  test(`A58: a session and a proof put into the database let nobody in (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { sessions, store, mallory, erika, reports } = await openRows(db)
    const session = await db
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', mallory.id)
      .executeTakeFirstOrThrow()
    for (const mac of [null, session.row_mac]) {
      await db
        .insertInto('sessions')
        .values({
          ...session,
          id: `ses_${mac}`,
          token_hash: `${mac}`,
          user_id: erika.userId,
          row_mac: mac,
        })
        .execute()
      assert.equal(await sessions.findById(`ses_${mac}`), undefined)
      assert.equal(await sessions.renew(db, `ses_${mac}`), undefined)
      assert.equal(await sessions.isCurrent(db, `${mac}`), false)
    }
    const proof = await db
      .selectFrom('proofs')
      .selectAll()
      .where('session_id', '=', erika.id)
      .executeTakeFirstOrThrow()
    const stronger = { factor: 'passkey', strength: 'phishing_resistant' } as const
    await db
      .insertInto('proofs')
      .values({ ...proof, id: 'prf_new', ...stronger })
      .execute()
    const proofs = await store.proofsOfSession(db, erika.id)
    assert.deepEqual(
      proofs.map(({ factor }) => factor),
      ['password'],
    )
    assert.ok(reports.length >= 3)
    assert.equal((await sessions.listOf(erika.userId)).length, 1)
  })

  test(`A58: an ended session and a proof that was taken away do not count again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { sessions, store, mallory, erika, reports } = await openRows(db)
    await sessions.end(db, mallory.id, 'logout')
    await store.discountProofs(db, erika.id)
    await db.updateTable('sessions').set({ ended_at: null, end_reason: null }).execute()
    await db.updateTable('proofs').set({ session_id: erika.id }).execute()
    assert.equal(await sessions.find(mallory.token), undefined)
    assert.deepEqual(await store.proofsOfSession(db, erika.id), [])
    // The proof of the other one was moved here.
    assert.deepEqual(reports, ['proofs'])
  })

  test(`a session that is renewed, strengthened or deferred stays genuine (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { sessions, erika, rows, reports } = await openRows(db)
    const renewed = await sessions.renew(db, erika.id)
    assert.ok(await sessions.find(renewed?.token ?? ''))
    assert.equal(await sessions.find(erika.token), undefined)
    await sessions.defer(db, erika.id, '{}')
    const strong = { amr: ['pwd', 'hwk'], acr: 'urn:einlass:acr:strong', authenticatedAt: 2 }
    const { token = '' } = (await sessions.strengthen(db, erika.id, strong)) ?? {}
    assert.equal((await sessions.find(token))?.acr, strong.acr)
    assert.equal(await sessions.findDeferrals(db, erika.id), '{}')
    assert.deepEqual(
      (await countRows(db, rows)).map(({ forged }) => forged),
      [0, 0],
    )
    assert.deepEqual(reports, [])
  })

  test(`rows of an older program, and what it changed, are accepted until all rows are bound (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { keyring, rows, readers, sessions, mallory, erika } = await openRows(db, false)
    await db.updateTable('sessions').set({ row_mac: null }).where('id', '=', mallory.id).execute()
    await db.updateTable('proofs').set({ row_mac: null }).execute()
    await db.updateTable('sessions').set({ acr: 'x' }).where('id', '=', erika.id).execute()
    for (const table of boundTables) assert.equal(await readers[table](), true)
    assert.ok(await sessions.find(erika.token))
    assert.equal(await bindRows(db, rows), 4)
    assert.equal(await bindRows(db, rows), 0)
    keyring.refuseUnboundRows()
    for (const table of boundTables) assert.equal(await readers[table](), true)
    assert.ok(await sessions.find(erika.token))
  })
})
