import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { addUser, passwordProof, pushProof, request } from '../../dev/test-support/engine.ts'
import { testRows as rows } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { start } from '../../dev/test-support/scene.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import { journeyEntry } from './data.ts'
import type { Proof } from './proofs.ts'
import { createJourneyStore, type StoredJourney } from './store.ts'

const umlaut = journeyEntry('a.b', z.string())
const number = journeyEntry('a.c', z.int())

const store = createJourneyStore({ random: systemRandom, rows })
const ended = 'ses_a' as Id<'session'>

function journeyOf(userId: Id<'user'>, idHash = 'hash'): StoredJourney {
  return {
    idHash,
    kind: 'login',
    version: 0,
    step: 'a/one',
    state: {
      request,
      userId,
      data: { ...umlaut.write('ä'), ...number.write(0) },
      path: ['a/zero:on'],
    },
    browserHash: 'browser',
    expiresAt: start + 1000,
    finishedAt: null,
    sessionId: null,
  }
}

const positionOf = ({ state }: StoredJourney) =>
  ({ step: 'a/two', state, finishedAt: null, sessionId: null }) as const

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('a journey comes back as it was put in'), async (t) => {
    const { db } = await engine.open(t)
    const journey = journeyOf(await addUser(db, 'erika'))
    await store.insert(db, journey, start)
    assert.deepEqual(await store.find(db, 'hash'), journey)
    assert.equal(await store.find(db, 'other'), undefined)
  })

  test(say('a journey moves from the version that was seen, once'), async (t) => {
    const { db } = await engine.open(t)
    const journey = journeyOf(await addUser(db, 'erika'))
    await store.insert(db, journey, start)
    assert.equal(await store.move(db, journey, positionOf(journey)), true)
    assert.equal(await store.move(db, journey, positionOf(journey)), false)
    const moved = await store.find(db, 'hash')
    assert.deepEqual(moved, { ...journey, version: 1, step: 'a/two' })
  })

  test(say('of many moves at once one succeeds'), async (t) => {
    const [{ db }, { db: other }] = await engine.openTwice(t)
    const journey = journeyOf(await addUser(db, 'erika'))
    await store.insert(db, journey, start)
    const moves = [db, other, db, other].map((queries) =>
      store.move(queries, journey, positionOf(journey)),
    )
    const succeeded = (await Promise.all(moves)).filter((moved) => moved)
    assert.equal(succeeded.length, 1)
    assert.equal((await store.find(db, 'hash'))?.version, 1)
  })

  test(say('a journey that has ended does not move'), async (t) => {
    const { db } = await engine.open(t)
    const journey = journeyOf(await addUser(db, 'erika'))
    await store.insert(db, journey, start)
    const end = { ...positionOf(journey), finishedAt: start, sessionId: ended }
    assert.equal(await store.move(db, journey, end), true)
    assert.equal(await store.move(db, { ...journey, version: 1 }, positionOf(journey)), false)
    assert.equal((await store.find(db, 'hash'))?.sessionId, ended)
  })

  test(say('only what expired before is purged'), async (t) => {
    const { db } = await engine.open(t)
    const userId = await addUser(db, 'erika')
    for (const name of ['a', 'b', 'c']) await store.insert(db, journeyOf(userId, name), start)
    await store.insert(db, { ...journeyOf(userId, 'd'), expiresAt: start + 2000 }, start)
    assert.equal(await store.purge(db, start + 1000), 0)
    assert.equal(await store.purge(db, start + 1001), 3)
    assert.equal(await store.purge(db, start + 1001), 0)
    assert.ok(await store.find(db, 'd'))
  })

  test(say('the proofs of a journey go to the session that they made'), async (t) => {
    const { db } = await engine.open(t)
    const userId = await addUser(db, 'erika')
    const first: Proof = { ...passwordProof, userId, provenAt: start }
    const second: Proof = { ...pushProof, userId, provenAt: start + 1 }
    await store.insertProof(db, 'hash', first, null)
    await store.insertProof(db, 'hash', second, null)
    await store.insertProof(db, 'other', first, null)
    assert.deepEqual(await store.proofsOfJourney(db, 'hash'), [first, second])
    assert.deepEqual(await store.proofsOfSession(db, ended), [])
    await store.countProofs(db, 'hash', ended)
    assert.deepEqual(await store.proofsOfSession(db, ended), [first, second])
    assert.deepEqual(await store.proofsOfJourney(db, 'other'), [first])
  })

  test(say('a proof that a session counts is not given to another one'), async (t) => {
    const { db } = await engine.open(t)
    const proof: Proof = { ...passwordProof, userId: await addUser(db, 'erika'), provenAt: start }
    await store.insertProof(db, 'hash', proof, ended)
    await store.countProofs(db, 'hash', 'ses_b' as Id<'session'>)
    assert.deepEqual(await store.proofsOfSession(db, ended), [proof])
  })

  test(say('only journeys end that were proven with what is gone'), async (t) => {
    const { db } = await engine.open(t)
    const [erika, max] = [await addUser(db, 'erika'), await addUser(db, 'max')]
    for (const [hash, userId, authenticatorId] of [
      ['gone', erika, 'dev_gone'],
      ['stays', erika, 'dev_stays'],
      ['of another user', max, 'dev_gone'],
      ['goes on', erika, 'dev_gone'],
    ] as const) {
      await store.insert(db, journeyOf(userId, hash), start)
      await store.insertProof(
        db,
        hash,
        { ...pushProof, userId, authenticatorId, provenAt: start },
        null,
      )
    }
    const ending = { now: start, ids: ['dev_gone'], reason: 'factor_removed', except: 'goes on' }
    assert.deepEqual(await store.endProvenWith(db, erika, { ...ending, ids: [] }), [])
    assert.deepEqual(await store.endProvenWith(db, erika, ending), ['gone'])
    assert.deepEqual(await store.endProvenWith(db, erika, ending), [])
  })
})
