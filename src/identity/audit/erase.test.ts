import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { hours } from '../../platform/kernel/clock.ts'
import { hmac, sha256 } from '../../platform/kernel/crypto.ts'
import { silentLog as log } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createAudit } from './audit.ts'
import { appendEvent, readAudit, readAuditAbout } from './chain.ts'
import { createPseudonym, eraseFromTrail } from './erase.ts'
import { type Attempt, createEraseFacts } from './erased-facts.ts'
import { event, notShown, withOwnWords } from './event.ts'
import { deriveEventKey } from './keys.ts'
import { createRetention } from './retention.ts'
import { readHead, verifyAudit } from './verify.ts'

const start = 1_800_000_000_000
const clock = { now: () => start }
const audit = createAudit({ clock, keyring })
const declined = withOwnWords(event<{ userId: string; reason: string }>('declined', notShown), [
  'reason',
])
const eraseFacts = createEraseFacts([declined])
const erika = 'usr_erika'
const max = 'usr_max'

/** What was written of Erika, of Max, and of what each did to the other. */
async function fill(db: Database) {
  const facts = [
    ['created', { userId: erika, username: 'Erika', by: 'cli:root' }],
    ['created', { userId: max, username: 'max', by: erika }],
    ['failed', { username: 'erika', address: '192.0.2.1', reason: 'wrong_credentials', times: 3 }],
    ['failed', { username: 'max', address: '192.0.2.2', reason: 'wrong_credentials' }],
    [
      'succeeded',
      { userId: erika, address: '192.0.2.1', acr: 'urn:x', amr: ['pwd'], appId: 'wiki' },
    ],
    ['renamed', { userId: erika, deviceId: 'dev_1', name: 'Erikas Telefon' }],
    ['declined', { userId: erika, reason: 'krank' }],
    ['ended', { userId: erika, reason: 'logout', sessionId: 'ses_1' }],
    ['changed', { userId: max, what: ['email'], by: erika }],
    ['pass', { userId: max, reason: 'lost phone', requestedBy: erika, by: 'cli:root' }],
  ] as const
  for (const [type, data] of facts)
    await appendEvent(db, { key: deriveEventKey(keyring), at: start, type, data })
}

const person = (userId: string, name: string) => ({
  userId,
  judge: ({ username }: Attempt) =>
    username.toLowerCase() === name ? ('theirs' as const) : ('others' as const),
  nameHashes: [],
  pseudonym: createPseudonym(keyring, userId),
})

const erase = (db: Database, who = person(erika, 'erika')) =>
  eraseFromTrail({ db, random, keyring, audit, eraseFacts }, who, 'cli:root')

const state = (db: Database) => verifyAudit(db, keyring)
const readRow = (db: Database, seq: number) =>
  db.selectFrom('audit_events').selectAll().where('seq', '=', seq).executeTakeFirstOrThrow()

onEachEngine((engine) => {
  test(`after an erasure no event names the user, and everything else stays (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db)
    const { pseudonym } = person(erika, 'erika')
    assert.deepEqual(await erase(db), { replaced: 9, broken: 0, unclear: 0 })
    const events = await readAudit(db, { limit: 100 })
    assert.doesNotMatch(JSON.stringify(events), /erika|192\.0\.2\.1|krank/i)
    assert.deepEqual(
      events.slice(0, 10).map(({ data }) => data),
      [
        { userId: pseudonym, username: pseudonym, by: 'cli:root' },
        { userId: max, username: 'max', by: pseudonym },
        { username: pseudonym, address: null, reason: 'wrong_credentials', times: 3 },
        { username: 'max', address: '192.0.2.2', reason: 'wrong_credentials' },
        { userId: pseudonym, address: null, acr: 'urn:x', amr: ['pwd'], appId: 'wiki' },
        { userId: pseudonym, deviceId: 'dev_1', name: null },
        { userId: pseudonym, reason: null },
        { userId: pseudonym, reason: 'logout', sessionId: 'ses_1' },
        { userId: max, what: ['email'], by: pseudonym },
        { userId: max, reason: 'lost phone', requestedBy: pseudonym, by: 'cli:root' },
      ],
    )
    const { type, data } = events[10] ?? assert.fail()
    assert.deepEqual(
      [type, data.userId, data.events, data.by],
      ['user_erased', pseudonym, 9, 'cli:root'],
    )
    assert.deepEqual(await state(db), { type: 'intact', events: 11, erased: 9 })
    const types = ['succeeded', 'failed']
    const about = await readAuditAbout(db, { about: [pseudonym], types, since: 0, limit: 10 })
    assert.equal(about.length, 2)
  })

  test(`an erasure changes no hash of the chain, so that exported heads stay valid (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db)
    const head = await readHead(db)
    const hashes = db
      .selectFrom('audit_events')
      .select('hash')
      .where('seq', '<=', 10)
      .orderBy('seq')
    const before = await hashes.execute()
    await erase(db)
    assert.deepEqual(await hashes.execute(), before)
    assert.equal((await verifyAudit(db, keyring, [head])).type, 'intact')
  })

  test(`two erasures can change the same event in either order, and a repeated erasure changes nothing (${engine.name})`, async (t) => {
    const people = [person(erika, 'erika'), person(max, 'max')]
    for (const order of [people, people.toReversed()]) {
      const { db } = await engine.open(t)
      await fill(db)
      for (const one of order) await erase(db, one)
      assert.deepEqual(await state(db), { type: 'intact', events: 12, erased: 10 })
      assert.deepEqual(await erase(db), { replaced: 0, broken: 0, unclear: 0 })
      assert.deepEqual(await state(db), { type: 'intact', events: 13, erased: 10 })
      const events = await readAudit(db, { limit: 100 })
      assert.doesNotMatch(JSON.stringify(events), /erika|max|192\.0\.2/i)
    }
  })

  test(`A50: a change that is passed off as an erasure is found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db)
    await erase(db)
    const right = {
      events: await db.selectFrom('audit_events').selectAll().execute(),
      replacements: await db.selectFrom('audit_replacements').selectAll().execute(),
      head: await db.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow(),
    }
    const restore = async () => {
      await db.deleteFrom('audit_events').execute()
      await db.deleteFrom('audit_replacements').execute()
      await db.insertInto('audit_events').values(right.events).execute()
      await db.insertInto('audit_replacements').values(right.replacements).execute()
      await db.updateTable('audit_head').set(right.head).execute()
    }
    const [known = assert.fail()] = right.replacements
    const data = '{"userId":"usr_max","what":["nothing"]}'
    const change = (seq: number) =>
      db.updateTable('audit_events').set({ data, about: max }).where('seq', '=', seq).execute()
    const mark = (seq: number, hash: string, erasure = known.erasure) =>
      db.insertInto('audit_replacements').values({ seq, turn: 1, erasure, hash }).execute()
    const text = (seq: number, previous: string, type: string) =>
      `${previous}\n{"at":${start},"data":${data},"seq":${seq},"type":${JSON.stringify(type)}}`

    const attacks: Readonly<Record<string, readonly [() => Promise<unknown>, string]>> = {
      'another event is changed and marked, with a hash that anybody can make': [
        async () => {
          const { previous_hash: previous, type } = await readRow(db, 4)
          await change(4)
          await mark(4, sha256(text(4, previous, type)))
        },
        'changed',
      ],
      'the same with a key that is not the right one': [
        async () => {
          const { previous_hash: previous, type } = await readRow(db, 4)
          await change(4)
          await mark(4, hmac(new Uint8Array(32), text(4, previous, type)))
        },
        'changed',
      ],
      'an event that was not changed is marked with its own hash': [
        async () => mark(4, (await readRow(db, 4)).hash),
        'changed',
      ],
      'a marked event is changed once more': [() => change(3), 'changed'],
      'the hash of another replaced event, with its content': [
        async () => {
          const { data: other, about } = await readRow(db, 8)
          await db
            .updateTable('audit_events')
            .set({ data: other, about })
            .where('seq', '=', 6)
            .execute()
          const taken = right.replacements.find(({ seq }) => seq === 8) ?? assert.fail()
          await db
            .updateTable('audit_replacements')
            .set({ hash: taken.hash })
            .where('seq', '=', 6)
            .execute()
        },
        'changed',
      ],
      'a replaced event is as it was before, as if it had never been erased': [
        async () => {
          await db.deleteFrom('audit_replacements').where('seq', '=', 1).execute()
          await db
            .updateTable('audit_events')
            .set({
              data: '{"by":"cli:root","userId":"usr_erika","username":"Erika"}',
              about: erika,
            })
            .where('seq', '=', 1)
            .execute()
        },
        'not_erased',
      ],
      'all marks are of an erasure that has no event': [
        () => db.updateTable('audit_replacements').set({ erasure: 'other' }).execute(),
        'not_erased',
      ],
      'a mark is removed': [
        () => db.deleteFrom('audit_replacements').where('seq', '=', 3).execute(),
        'changed',
      ],
      'the event of the erasure is cut off': [
        async () => {
          const { seq, hash } = await readRow(db, 10)
          await db.deleteFrom('audit_events').where('seq', '>', 10).execute()
          await db.updateTable('audit_head').set({ seq, hash }).execute()
        },
        'not_erased',
      ],
      'the event of the erasure is changed': [() => change(11), 'changed'],
      'a mark is added in front': [
        async () => {
          await db.updateTable('audit_replacements').set({ turn: 2 }).where('seq', '=', 3).execute()
          await mark(3, 'x', 'other')
        },
        'not_erased',
      ],
    }
    for (const [name, [attack, reason]] of Object.entries(attacks)) {
      await attack()
      const found = await state(db)
      assert.equal(found.type === 'broken' && found.reason, reason, name)
      await restore()
      assert.equal((await state(db)).type, 'intact', name)
    }
  })

  test(`an erasure removes the user from a changed event, and the change is still found (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await fill(db)
    await db.updateTable('audit_events').set({ type: 'other' }).where('seq', '=', 5).execute()
    assert.deepEqual(await erase(db), { replaced: 9, broken: 1, unclear: 0 })
    assert.deepEqual(await state(db), { type: 'broken', seq: 5, reason: 'changed' })
    assert.doesNotMatch(JSON.stringify(await readAudit(db, { limit: 100 })), /erika/i)
  })

  test(`erased events can be deleted by age, both before and after the event of the erasure (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const day = hours(24)
    const time = { at: start, now: () => time.at }
    const key = deriveEventKey(keyring)
    const data = { userId: erika, address: '192.0.2.1' }
    for (let n = 0; n < 500; n += 1)
      await appendEvent(db, { key, at: start + n * day, type: 'succeeded', data })
    time.at = start + 500 * day
    const then = createAudit({ clock: time, keyring })
    await eraseFromTrail(
      { db, random, keyring, audit: then, eraseFacts },
      person(erika, 'erika'),
      'cli:root',
    )
    const options = { db, clock: time, keyring, log, isClockRight: () => true }
    const beforeDeletion = async () => undefined
    const left = []
    for (const maxAge of [300 * day, 100 * day]) {
      await createRetention({ ...options, maxAge, beforeDeletion }).purge()
      const found = await state(db)
      assert.equal(found.type, 'intact')
      left.push(found.type === 'intact' && found.deleted?.seq)
    }
    assert.deepEqual(left, [200, 400])
    time.at += 200 * day
    for (let n = 0; n < 3; n += 1)
      await appendEvent(db, { key, at: time.at - n * 5 * day, type: 'succeeded', data: {} })
    await createRetention({ ...options, maxAge: 100 * day, beforeDeletion }).purge()
    assert.deepEqual(await db.selectFrom('audit_replacements').selectAll().execute(), [])
    assert.equal((await state(db)).type, 'intact')
  })

  test(`a user with many events is erased in parts, and another run finishes an interrupted erasure (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const key = deriveEventKey(keyring)
    for (let n = 0; n < 1300; n += 1)
      await appendEvent(db, { key, at: start, type: 'succeeded', data: { userId: erika, n } })
    let events = 0
    const breaking = {
      record: async (...given: Parameters<typeof audit.record>) => {
        events += 1
        if (events === 2) throw new Error('the process ends')
        await audit.record(...given)
      },
    }
    const parts = { db, random, keyring, eraseFacts }
    const who = person(erika, 'erika')
    await assert.rejects(eraseFromTrail({ ...parts, audit: breaking }, who, 'cli:root'))
    assert.deepEqual(await state(db), { type: 'intact', events: 1301, erased: 500 })
    assert.deepEqual(await erase(db), { replaced: 800, broken: 0, unclear: 0 })
    assert.deepEqual(await state(db), { type: 'intact', events: 1303, erased: 1300 })
  })

  test(`verification during an erasure, and two simultaneous erasures, leave the log intact (${engine.name})`, async (t) => {
    const [one, other] = await engine.openTwice(t)
    const key = deriveEventKey(keyring)
    for (let n = 0; n < 700; n += 1)
      await appendEvent(one.db, { key, at: start, type: 'succeeded', data: { userId: erika, n } })
    const running = [erase(one.db), erase(other.db)]
    const seen = await state(other.db)
    assert.equal(seen.type, 'intact')
    const done = await Promise.all(running)
    assert.equal(
      done.reduce((sum, { replaced }) => sum + replaced, 0),
      700,
    )
    assert.equal((await state(one.db)).type, 'intact')
  })
})
