import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUniqueViolation } from './errors.ts'
import { onEachEngine } from './on-each-engine.ts'
import type { UserRow } from './tables.ts'

const user = (name: string): UserRow => ({
  id: `usr_${name}`,
  username: name,
  username_key: name,
  display_name: name,
  email: null,
  password_hash: null,
  password_changed_at: null,
  role: 'user',
  disabled_at: null,
  created_at: 1_700_000_000_000,
  updated_at: 1_700_000_000_000,
})

onEachEngine((engine) => {
  test(`a row comes back as it was written (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db.insertInto('users').values(user('ada')).execute()
    const row = await db.selectFrom('users').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual(row, user('ada'))
  })

  test(`a transaction that throws leaves nothing behind (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const attempt = db.transaction().execute(async (tx) => {
      await tx.insertInto('users').values(user('ada')).execute()
      throw new Error('no')
    })
    await assert.rejects(attempt, { message: 'no' })
    assert.deepEqual(await db.selectFrom('users').selectAll().execute(), [])
  })

  test(`a second user with the same canonical name is a unique violation (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await db.insertInto('users').values(user('ada')).execute()
    const attempt = db
      .insertInto('users')
      .values({ ...user('ada'), id: 'usr_other' })
      .execute()
    await assert.rejects(attempt, isUniqueViolation)
  })

  test(`two openings of the same data see each other's writes (${engine.name})`, async (t) => {
    const [one, other] = await engine.openTwice(t)
    await Promise.all([
      one.db.insertInto('users').values(user('ada')).execute(),
      other.db.insertInto('users').values(user('bob')).execute(),
    ])
    assert.equal((await one.db.selectFrom('users').selectAll().execute()).length, 2)
    assert.equal((await other.db.selectFrom('users').selectAll().execute()).length, 2)
  })

  test(`the audit chain starts empty (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const head = await db.selectFrom('audit_head').selectAll().execute()
    assert.deepEqual(head, [{ id: 1, seq: 0, hash: '' }])
  })
})
