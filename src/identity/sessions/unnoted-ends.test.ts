import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { endParticipants, liveParticipants, purgeParticipants } from './participants.ts'
import { type Places, pageSize, type Search, searchUnnotedEnds } from './unnoted-ends.ts'

const now = 1000
const many = 2 * pageSize + 1
const all = { now, since: 0, mostPages: Number.POSITIVE_INFINITY }

const idOf = (n: number) => `ses_${`${n}`.padStart(5, '0')}`
const ids = Array.from({ length: many }, (_, n) => idOf(n))

const createPlaces = (): Places => new Map([[liveParticipants, undefined]])

async function inParts<Row>(
  rows: readonly Row[],
  insert: (some: readonly Row[]) => Promise<unknown>,
) {
  for (let at = 0; at < rows.length; at += 500) await insert(rows.slice(at, at + 500))
}

/** One app in each session, all of which expire at the same time. */
const enterAll = (db: Database, userId: string) =>
  inParts(ids, (some) =>
    db
      .insertInto('participants')
      .values(
        some.map((session_id) => ({
          ...{ session_id, user_id: userId, app_id: 'mail', protocol: 'echo', data: '{}' },
          ...{ first_used_at: 1, last_used_at: 1, expires_at: now + 1, ended_at: null },
        })),
      )
      .execute(),
  )

/** Sessions that all ended at once. */
const addEnded = (db: Database, userId: string, endedAt: number) =>
  inParts(ids, (some) =>
    db
      .insertInto('sessions')
      .values(
        some.map((id) => ({
          ...{ id, token_hash: id, user_id: userId, amr: '[]', acr: '1', authenticated_at: 1 },
          ...{ created_at: 1, last_seen_at: 1, expires_at: now + 1, ended_at: endedAt },
        })),
      )
      .execute(),
  )

async function find(db: Queries, places: Places, search: Partial<Search> = {}): Promise<string[]> {
  const pages = await Array.fromAsync(searchUnnotedEnds(db, places, { ...all, ...search }))
  for (const page of pages) assert.ok(page.length <= pageSize)
  return pages.flat()
}

onEachEngine((engine) => {
  test(`all of very many sessions that ended at the same time are found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const userId = await createScene(db, createTestClock()).addUser()
    await addEnded(db, userId, 500)
    await enterAll(db, userId)
    assert.deepEqual((await find(db, createPlaces())).toSorted(), ids)
    assert.deepEqual((await find(db, createPlaces(), { since: 500 })).toSorted(), ids)
    assert.deepEqual(await find(db, createPlaces(), { since: 501 }), [])
    await endParticipants(db, ids, 600)
    assert.deepEqual(await find(db, createPlaces()), [])
  })

  test(`sessions that are gone are found a few pages at a time, and then all over again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await enterAll(db, 'usr_gone')
    const places = createPlaces()
    const counts: number[] = []
    const found = new Set<string>()
    for (let turn = 0; turn < 4; turn += 1) {
      const some = await find(db, places, { mostPages: 1 })
      counts.push(some.length)
      for (const id of some) found.add(id)
    }
    assert.deepEqual(counts, [pageSize, pageSize, 1, pageSize])
    assert.deepEqual([...found].toSorted(), ids)
    assert.deepEqual((await find(db, createPlaces())).toSorted(), ids)
    assert.deepEqual(await find(db, createPlaces(), { now: now + 1 }), [], 'they have expired')
  })

  test(`a purge finds removed users among very many others (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { users } = createScene(db, createTestClock())
    const { id } = await users.create(db, { username: 'erika', displayName: 'Erika' })
    await enterAll(db, id)
    const [first, last] = [ids[0] as Id<'session'>, ids.at(-1) as Id<'session'>]
    for (const [session, user] of [
      [first, 'usr_0'],
      [last, 'usr_zzz'],
    ] as const)
      await db
        .updateTable('participants')
        .set({ user_id: user, ended_at: 5 })
        .where('session_id', '=', session)
        .execute()
    assert.equal(await purgeParticipants(db, now), 2)
    const left = await db.selectFrom('participants').select('user_id').distinct().execute()
    assert.deepEqual(left, [{ user_id: id }])
  })
})
