import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testRows as rows } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hours, minutes } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createUsers } from '../users/users.ts'
import { createSessions } from './sessions.ts'

const start = 1_800_000_000_000
const limits = { idle: hours(1), absolute: hours(12) }
const client = { address: '192.0.2.1', userAgent: 'Mozilla/5.0' }
const proof = { amr: ['pwd'], acr: 'urn:einlass:acr:password', authenticatedAt: start }

async function setUp(db: Database) {
  const clock = { time: start, now: () => clock.time }
  const logged: object[] = []
  const log = {
    ...silentLog,
    error: (entry: object) => void logged.push(entry),
    warn: (entry: object) => void logged.push(entry),
  }
  const users = createUsers({ clock, random: systemRandom })
  const user =
    (await users.findByName(db, 'erika')) ??
    (await users.create(db, { username: 'Erika', displayName: 'Erika M', email: 'e@example.com' }))
  const sessions = createSessions({ db, rows, clock, random: systemRandom, limits, log })
  const create = (userId: string = user.id) => sessions.create(db, { userId, client, ...proof })
  const lastSeen = async (id: string) => {
    await sessions.settled()
    const row = await db
      .selectFrom('sessions')
      .select('last_seen_at')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return row.last_seen_at - start
  }
  return { clock, logged, users, user, sessions, create, lastSeen }
}

onEachEngine((engine) => {
  test(`a token finds its session and the user it stands for (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { sessions, create, user } = await setUp(db)
    const { id, token } = await create()
    assert.match(token, /^[\w-]{43}$/)
    const session = {
      id,
      userId: user.id,
      username: 'Erika',
      displayName: 'Erika M',
      email: 'e@example.com',
      role: 'user',
      managedBy: null,
      ...proof,
      tokenHash: sha256(token),
    }
    assert.deepEqual(await sessions.find(token), session)
    assert.deepEqual(await sessions.findById(id), session)
    for (const other of ['', id, `${token}x`, token.toLowerCase(), '\u0000', sha256(token)])
      assert.equal(await sessions.find(other), undefined)
    assert.equal(await sessions.findById(token), undefined)
  })

  test(`only the SHA-256 of a token is stored (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { create } = await setUp(db)
    const { token } = await create()
    const rows = JSON.stringify(await db.selectFrom('sessions').selectAll().execute())
    assert.ok(!rows.includes(token))
    assert.ok(rows.includes(sha256(token)))
  })

  test(`a session ends at its absolute limit, however active it is (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, sessions, create } = await setUp(db)
    const { id, token } = await create()
    while (clock.time < start + limits.absolute) {
      assert.ok(await sessions.find(token))
      await sessions.settled()
      clock.time += minutes(30)
    }
    assert.equal(await sessions.find(token), undefined)
    assert.equal(await sessions.findById(id), undefined)
    assert.equal(await sessions.strengthen(db, id, proof), undefined)
  })

  test(`an idle session ends at the idle limit (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, sessions, create, user } = await setUp(db)
    const { id, token } = await create()
    clock.time += limits.idle - 1
    assert.ok(await sessions.findById(id))
    clock.time += 1
    assert.equal(await sessions.find(token), undefined)
    assert.equal(await sessions.strengthen(db, id, proof), undefined)
    assert.deepEqual(await sessions.listOf(user.id), [])
  })

  test(`activity is written at most once a minute, and only for a token (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, sessions, create, lastSeen } = await setUp(db)
    const { id, token } = await create()
    clock.time += minutes(1) - 1
    await sessions.find(token)
    assert.equal(await lastSeen(id), 0)
    clock.time += 1
    await sessions.findById(id)
    assert.equal(await lastSeen(id), 0)
    await Promise.all([sessions.find(token), sessions.find(token), sessions.find(token)])
    assert.equal(await lastSeen(id), minutes(1))
    clock.time += minutes(5)
    assert.ok(await sessions.find(token, { isActivity: false }))
    assert.equal(await lastSeen(id), minutes(1))
  })

  test(`a disabled user has no session until enabled again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { sessions, create, user, users } = await setUp(db)
    const { id, token } = await create()
    await users.disable(db, user.id)
    assert.equal(await sessions.find(token), undefined)
    assert.equal(await sessions.findById(id), undefined)
    await users.enable(db, user.id)
    assert.ok(await sessions.find(token))
  })

  test(`A24: a stronger proof changes the token and keeps the session (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, sessions, create } = await setUp(db)
    const { id, token } = await create()
    clock.time += minutes(5)
    const stronger = { amr: ['pwd', 'mca', 'mfa'], acr: 'x', authenticatedAt: clock.time }
    const after = await sessions.strengthen(db, id, stronger)
    assert.ok(after)
    assert.notEqual(after.token, token)
    assert.equal(await sessions.find(token), undefined)
    const found = await sessions.find(after.token)
    assert.deepEqual(
      { id: found?.id, amr: found?.amr, acr: found?.acr, at: found?.authenticatedAt },
      { id, amr: stronger.amr, acr: 'x', at: clock.time },
    )
    await sessions.end(db, id, 'logout')
    assert.equal(await sessions.strengthen(db, id, stronger), undefined)
  })

  test(`after many simultaneous step-ups of one session, exactly one token remains valid (${engine.name})`, async (t) => {
    const [first, second] = await engine.openTwice(t)
    const { sessions, create } = await setUp(first.db)
    const { id, token } = await create()
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        sessions.strengthen(index % 2 === 0 ? first.db : second.db, id, proof),
      ),
    )
    const found = await Promise.all(results.map((result) => sessions.find(result?.token ?? '')))
    assert.equal(found.filter((session) => session !== undefined).length, 1)
    assert.equal(await sessions.find(token), undefined)
  })

  test(`of many simultaneous attempts to end a session, exactly one ends it (${engine.name})`, async (t) => {
    const [first, second] = await engine.openTwice(t)
    const { sessions, create } = await setUp(first.db)
    const { id, token } = await create()
    const ends = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        sessions.end(index % 2 === 0 ? first.db : second.db, id, `reason ${index}`),
      ),
    )
    assert.equal(ends.filter(Boolean).length, 1)
    assert.equal(await sessions.find(token), undefined)
    const row = await first.db.selectFrom('sessions').select('end_reason').executeTakeFirstOrThrow()
    assert.equal(row.end_reason, `reason ${ends.indexOf(true)}`)
    assert.equal(await sessions.end(first.db, 'ses_none', 'logout'), false)
  })

  test(`all sessions of a user end together, except one if the caller names it (${engine.name})`, async (t) => {
    const [first, second] = await engine.openTwice(t)
    const { db } = first
    const { sessions, create, users, user } = await setUp(db)
    const other = await users.create(db, { username: 'max', displayName: 'Max' })
    const [a, b, c] = [await create(), await create(), await create()]
    const foreign = await create(other.id)
    const ended = await Promise.all([
      sessions.endAllForUser(db, user.id, 'password', a.id),
      sessions.endAllForUser(second.db, user.id, 'password', a.id),
    ])
    assert.deepEqual(ended.flat().sort(), [b.id, c.id].sort())
    assert.deepEqual(
      (await sessions.listOf(user.id)).map((session) => session.id),
      [a.id],
    )
    assert.deepEqual(await sessions.endAllForUser(db, user.id, 'disabled'), [a.id])
    assert.deepEqual(await sessions.endAllForUser(db, user.id, 'disabled'), [])
    assert.ok(await sessions.find(foreign.token))
  })

  test(`a session whose end was rolled back continues (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { sessions, create } = await setUp(db)
    const { id, token } = await create()
    const failing = db.transaction().execute(async (tx) => {
      assert.equal(await sessions.end(tx, id, 'logout'), true)
      throw new Error('later')
    })
    await assert.rejects(failing, /later/)
    assert.ok(await sessions.find(token))
  })

  test(`the list shows live sessions, latest activity first (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, sessions, create, user } = await setUp(db)
    const older = await create()
    clock.time += minutes(10)
    const newer = await create()
    const gone = await create()
    await sessions.end(db, gone.id, 'logout')
    assert.deepEqual(
      (await sessions.listOf(user.id)).map((session) => session.id),
      [newer.id, older.id],
    )
    assert.deepEqual((await sessions.listOf(user.id))[1], {
      id: older.id,
      ...proof,
      createdAt: start,
      lastSeenAt: start,
      expiresAt: start + limits.absolute,
      address: '192.0.2.1',
      userAgent: 'Mozilla/5.0',
      hasDeferred: false,
    })
  })

  test(`a stored user agent is shortened and cannot forge lines (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { sessions, user } = await setUp(db)
    const userAgent = `a\u0000\n\u202e\ud800${'x'.repeat(5000)}`
    await sessions.create(db, { userId: user.id, client: { address: null, userAgent }, ...proof })
    const [session] = await sessions.listOf(user.id)
    assert.match(session?.userAgent ?? '', /^a\\u0000\\u000a\\u202e\ufffdx{295}$/)
    assert.equal(session?.address, null)
  })

  test(`deferring the second factor is remembered in this session only (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { sessions, create } = await setUp(db)
    const [one, other] = [await create(), await create()]
    assert.equal(await sessions.findDeferrals(db, one.id), undefined)
    await sessions.defer(db, one.id, '{}')
    assert.equal(await sessions.findDeferrals(db, one.id), '{}')
    assert.equal(await sessions.findDeferrals(db, other.id), undefined)
    await sessions.end(db, one.id, 'logout')
    assert.equal(await sessions.findDeferrals(db, one.id), undefined)
  })

  test(`sessions are deleted 30 days after their limit, in batches (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, sessions, create } = await setUp(db)
    const { id } = await create()
    const row = await db
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const copies = Array.from({ length: 600 }, (_, index) => ({
      ...row,
      id: `${row.id}${index}`,
      token_hash: `hash ${index}`,
    }))
    for (let from = 0; from < copies.length; from += 100)
      await db
        .insertInto('sessions')
        .values(copies.slice(from, from + 100))
        .execute()
    clock.time += limits.absolute + hours(24 * 30) - 1
    const young = await create()
    const proofOf = (sessionId: string) => ({
      ...{ id: `proof of ${sessionId}`, journey_hash: 'gone', user_id: row.user_id },
      ...({
        factor: 'password',
        amr: '[]',
        strength: 'knowledge',
        authenticator_id: null,
      } as const),
      ...{ proven_at: start, session_id: sessionId },
    })
    await db
      .insertInto('proofs')
      .values([proofOf(id), proofOf(young.id)])
      .execute()
    assert.equal(await sessions.purge(), 0)
    clock.time += 1
    assert.equal(await sessions.purge(), 601)
    assert.equal(await sessions.purge(), 0)
    assert.ok(await sessions.findById(young.id))
    const left = await db.selectFrom('proofs').select('session_id').execute()
    assert.deepEqual(left, [{ session_id: young.id }])
  })

  test(`a failed write of the last activity is logged, and the session is still found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { create, logged } = await setUp(db)
    const { token } = await create()
    const clock = { now: () => start + minutes(2) }
    const failing = db.withPlugin({
      transformQuery({ node }) {
        if (node.kind === 'UpdateQueryNode') throw new Error('disk full')
        return node
      },
      transformResult: async ({ result }) => result,
    })
    const log = { ...silentLog, warn: (entry: object) => void logged.push(entry) }
    const sessions = createSessions({ db: failing, rows, clock, random: systemRandom, limits, log })
    assert.ok(await sessions.find(token))
    await sessions.settled()
    assert.equal(logged.length, 1)
  })

  test(`every listener hears of an end, also when one fails (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { logged, sessions } = await setUp(db)
    const heard: string[] = []
    sessions.onEnd(async (ids) => void heard.push(`first ${ids}`))
    sessions.onEnd(async () => {
      throw new Error('no route to host')
    })
    sessions.onEnd(() => {
      throw new Error('failed at once')
    })
    sessions.onEnd(async (ids) => void heard.push(`last ${ids}`))
    await sessions.announceEnd(['ses_a', 'ses_b'] as Id<'session'>[])
    await sessions.announceEnd([])
    assert.deepEqual(heard, ['first ses_a,ses_b', 'last ses_a,ses_b'])
    assert.equal(logged.length, 2)
  })
})
