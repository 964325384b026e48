import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilBlocked } from '../../dev/test-support/locks.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import type { Queries } from './database.ts'
import { removeInBatches, removeRows } from './remove.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

async function addTickets(db: Queries, count: number, expiresAt: number): Promise<void> {
  const rows = numbers(count).map((n) => ({
    fingerprint: `${expiresAt} ${n}`,
    expires_at: expiresAt,
  }))
  while (rows.length > 0) await db.insertInto('spent_tickets').values(rows.splice(0, 500)).execute()
}

const removeTickets = (db: Queries, now: number) =>
  removeRows(db, {
    table: 'spent_tickets',
    key: ['fingerprint'],
    isOld: (row) => row('expires_at', '<=', now),
  })

test('a removal in batches goes on until a batch is not full, and lets others in between', async () => {
  const limits: number[] = []
  let turns = 0
  const left = [1000, 1000, 999]
  const count = () => {
    turns += 1
    if (left.length > 0) setImmediate(count)
  }
  setImmediate(count)
  const removed = await removeInBatches(async (limit) => {
    limits.push(limit)
    return left.shift() ?? 0
  })
  assert.equal(removed, 2999)
  assert.deepEqual(limits, [1000, 1000, 1000])
  assert.ok(turns >= 2)
})

onEachEngine((engine) => {
  test(`old rows are removed, each batch in a statement of its own (${engine.name})`, async (t) => {
    const statements: string[] = []
    const { db } = await engine.open(t, ({ sql }) => statements.push(sql))
    await addTickets(db, 2500, 5)
    await addTickets(db, 3, 6)
    statements.length = 0
    assert.equal(await removeTickets(db, 5), 2500)
    assert.equal(statements.filter((text) => text.startsWith('delete')).length, 3)
    const left = await db.selectFrom('spent_tickets').select('expires_at').execute()
    assert.deepEqual(left, Array(3).fill({ expires_at: 6 }))
    assert.equal(await removeTickets(db, 5), 0)
  })

  test(`rows with a key of several columns are removed, and not their neighbours (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const add = (model: string, id: string, expires_at: number) =>
      db
        .insertInto('oidc_records')
        .values({
          ...{ model, id, expires_at, payload: '{}', grant_id: null, login_session: null },
          ...{ consumed_at: null, client_id: null, user_code_hash: null, consumed_by: null },
        })
        .execute()
    await add('Grant', 'a', 1)
    await add('Grant', 'b', 2)
    await add('Session', 'a', 2)
    await add('Session', 'b', 1)
    const removed = await removeRows(db, {
      table: 'oidc_records',
      key: ['model', 'id'],
      isOld: (row) => row('expires_at', '<', 2),
    })
    assert.equal(removed, 2)
    const left = await db
      .selectFrom('oidc_records')
      .select(['model', 'id'])
      .orderBy('model')
      .execute()
    assert.deepEqual(left, [
      { model: 'Grant', id: 'b' },
      { model: 'Session', id: 'a' },
    ])
  })

  test(`a row that another transaction makes young meanwhile stays (${engine.name})`, async (t) => {
    const [{ db }, { db: other }] = await engine.openTwice(t)
    await addTickets(db, 2, 5)
    let removal: Promise<number> | undefined
    await other.transaction().execute(async (tx) => {
      await tx
        .updateTable('spent_tickets')
        .set({ expires_at: 9 })
        .where('fingerprint', '=', '5 1')
        .execute()
      removal = removeTickets(db, 5)
      // With PostgreSQL the removal has seen the old row and waits for this transaction.
      if (engine.name === 'postgres') await untilBlocked(db)
    })
    assert.equal(await removal, 1)
    const left = await db.selectFrom('spent_tickets').selectAll().execute()
    assert.deepEqual(left, [{ fingerprint: '5 1', expires_at: 9 }])
  })
})
