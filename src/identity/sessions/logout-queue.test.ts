import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createTestClock } from '../../dev/test-support/scene.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { asked, createLogoutQueue, declined } from './logout-queue.ts'
import { forgetParticipants, saveParticipant } from './participants.ts'

async function createScene(db: Database) {
  const clock = createTestClock()
  const queue = createLogoutQueue({ db, clock, random })
  const enter = (sessionId: string, appId: string) =>
    saveParticipant(
      db,
      {
        sessionId: sessionId as Id<'session'>,
        userId: 'usr_1' as Id<'user'>,
        ...{ appId, protocol: 'echo', data: { nameId: 'erika' } },
      },
      { now: clock.now(), expiresAt: clock.now() + hours(12) },
    )
  for (const app of ['mail', 'wiki']) await enter('ses_a', app)
  await enter('ses_b', 'mail')
  return { clock, queue }
}

onEachEngine((engine) => {
  test(`the end of a session queues each of its apps once (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { queue } = await createScene(db)
    await Promise.all([queue.endSessions(['ses_a']), queue.endSessions(['ses_a'])])
    const apps = (await queue.listOf('ses_a')).map(({ participant }) => participant.appId)
    assert.deepEqual(apps.sort(), ['mail', 'wiki'])
    assert.deepEqual(await queue.listOf('ses_b'), [])
    assert.deepEqual(await queue.measure(), { length: 2, oldest: 0 })
    const taken = await queue.takeDue('ses_a')
    assert.deepEqual(taken?.participant.data, { nameId: 'erika' })
    assert.equal(await queue.takeDue('ses_b'), undefined)
  })

  test(`an app that cannot be reached is tried with growing waits for a day (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, queue } = await createScene(db)
    await queue.endSessions(['ses_b'])
    const begun = clock.now()
    const waits: number[] = []
    for (let status = 'waiting'; status === 'waiting'; ) {
      const from = clock.now()
      let taken = await queue.takeDue()
      while (taken === undefined) {
        clock.pass(waits.length < 7 ? seconds(5) : minutes(5))
        taken = await queue.takeDue()
      }
      waits.push(clock.now() - from)
      status = await queue.note(taken, { type: 'later', reason: 'not reached' })
    }
    assert.deepEqual(waits.slice(0, 9), [0, 5, 10, 20, 40, 80, 160, 300, 300].map(seconds))
    const lasted = clock.now() - begun
    assert.ok(lasted >= hours(24) && lasted <= hours(24) + minutes(5))
    const [given] = await queue.listOf('ses_b')
    assert.deepEqual([given?.status, given?.reason], ['failed', 'not reached'])
    assert.deepEqual(given?.participant.data, {}, 'nothing is kept of what the protocol knew')
    clock.pass(hours(1) + 1)
    await queue.purge()
    assert.deepEqual(await queue.listOf('ses_b'), [])
  })

  test(`a logout in the browser affects only the session of this browser (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, queue } = await createScene(db)
    await queue.endSessions(['ses_a', 'ses_b'])
    const [first, second] = await queue.listOf('ses_a')
    assert.ok(first && second)
    await queue.finishInBrowser('ses_b', first.id)
    await queue.noteInBrowser('ses_b', first.id, asked)
    assert.partialDeepStrictEqual((await queue.listOf('ses_a'))[0], {
      ...{ status: 'waiting', reason: null, askedAt: undefined },
    })
    await queue.noteInBrowser('ses_a', first.id, asked)
    assert.equal((await queue.listOf('ses_a'))[0]?.askedAt, clock.now())
    const taken = await queue.takeDue('ses_a')
    assert.equal(taken?.id, second.id, 'nobody tries what the browser does')
    assert.equal(await queue.takeDue('ses_a'), undefined)
    await queue.finishInBrowser('ses_a', first.id)
    await queue.noteAnswer(first.id, false)
    assert.partialDeepStrictEqual((await queue.listOf('ses_a'))[0], {
      ...{ status: 'sent', reason: asked, askedAt: clock.now() },
    })
    clock.pass(minutes(10))
    assert.equal((await queue.takeDue('ses_a'))?.id, second.id)
  })

  test(`an app may answer that it did not log out, and later that it did (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { clock, queue } = await createScene(db)
    await queue.endSessions(['ses_b'])
    const read = async () => (await queue.listOf('ses_b'))[0]
    const { id = '' } = (await read()) ?? {}
    await queue.noteInBrowser('ses_b', id, asked)
    await queue.noteAnswer(id, false)
    assert.partialDeepStrictEqual(await read(), { status: 'waiting', reason: declined })
    assert.deepEqual((await read())?.participant.data, { nameId: 'erika' })
    clock.pass(seconds(20))
    await queue.noteAnswer(id, true)
    await queue.noteAnswer(id, false)
    assert.partialDeepStrictEqual(await read(), {
      ...{ status: 'sent', reason: null, askedAt: undefined },
    })
  })

  test(`the logout queue has no entry for a removed app (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const { queue } = await createScene(db)
    await queue.endSessions(['ses_a'])
    await forgetParticipants(db, 'wiki')
    assert.equal((await queue.measure()).length, 1)
  })
})
