import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { hours, minutes } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import {
  endParticipants,
  findLastUsed,
  forgetParticipants,
  liveParticipants,
  type Participant,
  purgeParticipants,
  saveParticipant,
} from './participants.ts'
import { searchUnnotedEnds } from './unnoted-ends.ts'

/** Sessions that have ended while a participant is not noted as ended. */
async function findUnnotedEnds(db: Queries, now: number): Promise<string[]> {
  const places = new Map([[liveParticipants, undefined]])
  const search = { now, since: 0, mostPages: Number.POSITIVE_INFINITY }
  return (await Array.fromAsync(searchUnnotedEnds(db, places, search))).flat()
}

type Times = Parameters<typeof saveParticipant>[2]

const participantOf = (sessionId: string, appId: string, data = {}): Participant => ({
  sessionId: sessionId as Id<'session'>,
  userId: 'usr_1' as Id<'user'>,
  ...{ appId, protocol: 'echo', data },
})

const enter = (db: Queries, session: string, app: string, times = {}) =>
  saveParticipant(db, participantOf(session, app), { now: 1, expiresAt: 100, ...times })

onEachEngine((engine) => {
  test(`each participant of an ended session is given to exactly one caller (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const saml = participantOf('ses_a', 'mail', { nameId: 'erika', sessionIndexes: ['1'] })
    await saveParticipant(db, saml, { now: 1, expiresAt: 100 })
    await enter(db, 'ses_a', 'wiki')
    await enter(db, 'ses_b', 'wiki')
    const ends = await Promise.all([
      endParticipants(db, ['ses_a'], 5),
      endParticipants(db, ['ses_a'], 5),
    ])
    const ended = ends.flat().sort((a, b) => a.appId.localeCompare(b.appId))
    assert.deepEqual(ended, [saml, participantOf('ses_a', 'wiki')])
    const later = await endParticipants(db, ['ses_a', 'ses_b'], 6)
    assert.deepEqual(later, [participantOf('ses_b', 'wiki')])
    assert.deepEqual(await endParticipants(db, [], 7), [])
  })

  test(`the latest protocol data of a participant replaces earlier data (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    for (const sessionIndexes of [['1'], ['1', '2']]) {
      const participant = participantOf('ses_a', 'mail', { sessionIndexes })
      await saveParticipant(db, participant, { now: 1, expiresAt: 100 })
    }
    const [ended] = await endParticipants(db, ['ses_a'], 5)
    assert.deepEqual(ended?.data, { sessionIndexes: ['1', '2'] })
  })

  test(`the last use of an app is exact to the minute, and entering it after an end takes effect at once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const lastUsed = async () => (await findLastUsed(db, 'usr_1' as Id<'user'>)).get('mail')
    const begin = minutes(10)
    await enter(db, 'ses_a', 'mail', { now: begin })
    await enter(db, 'ses_a', 'mail', { now: begin + minutes(1) - 1 })
    assert.equal(await lastUsed(), begin)
    await enter(db, 'ses_a', 'mail', { now: begin + minutes(1) })
    assert.equal(await lastUsed(), begin + minutes(1))
    assert.equal((await endParticipants(db, ['ses_a'], begin)).length, 1)
    await enter(db, 'ses_a', 'mail', { now: begin + minutes(1) + 1 })
    assert.equal((await endParticipants(db, ['ses_a'], begin)).length, 1)
  })

  test(`an app that is entered while its session ends is found for a logout as well (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await enter(db, 'ses_gone', 'mail')
    assert.equal((await endParticipants(db, ['ses_gone'], 5)).length, 1)
    assert.deepEqual(await findUnnotedEnds(db, 6), [])
    await enter(db, 'ses_gone', 'mail', { now: 6 })
    assert.deepEqual(await findUnnotedEnds(db, 7), ['ses_gone'])
  })

  test(`only ended sessions whose end was not noted are found, and none that expired (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, sessions, addUser, signIn } = createScene(db, createTestClock())
    const userId = await addUser()
    const [ended, lives] = [await signIn(userId), await signIn(userId)]
    const expiresAt = clock.now() + 1
    for (const id of [ended.id, lives.id, 'ses_gone']) {
      await enter(db, id, 'mail', { expiresAt })
    }
    await sessions.end(db, ended.id, 'logout')
    const found = await findUnnotedEnds(db, clock.now())
    assert.deepEqual(found.sort(), [ended.id, 'ses_gone'].sort())
    assert.deepEqual(await findUnnotedEnds(db, expiresAt), [])
  })

  test(`the last use of an app stays known for 30 days after the session (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { users } = createScene(db, createTestClock())
    const { id: userId } = await users.create(db, { username: 'erika', displayName: 'Erika' })
    const used = async (sessionId: string, appId: string, times: Times) =>
      saveParticipant(db, { ...participantOf(sessionId, appId), userId }, times)
    await used('ses_a', 'mail', { now: 10, expiresAt: 100 })
    await used('ses_b', 'mail', { now: 30, expiresAt: 200 })
    await used('ses_a', 'wiki', { now: 20, expiresAt: 100 })
    await endParticipants(db, ['ses_a', 'ses_b'], 40)
    const last = await findLastUsed(db, userId)
    assert.deepEqual(
      new Map([...last].sort()),
      new Map([
        ['mail', 30],
        ['wiki', 20],
      ]),
    )
    assert.equal((await findLastUsed(db, 'usr_2')).size, 0)
    assert.equal(await purgeParticipants(db, hours(24 * 30) + 100), 2)
    assert.deepEqual([...(await findLastUsed(db, userId))], [['mail', 30]])
  })

  test(`a purge deletes the participants of a removed user, except those whose app is not yet informed (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    for (const session of ['ses_a', 'ses_b']) await enter(db, session, 'mail')
    await endParticipants(db, ['ses_a'], 5)
    assert.equal(await purgeParticipants(db, 6), 1)
    assert.deepEqual(await findUnnotedEnds(db, 6), ['ses_b'])
  })

  test(`the participants of a removed app are deleted (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    for (const app of ['mail', 'wiki']) await enter(db, 'ses_a', app)
    await forgetParticipants(db, 'wiki')
    const ended = await endParticipants(db, ['ses_a'], 5)
    assert.deepEqual(
      ended.map(({ appId }) => appId),
      ['mail'],
    )
  })
})
