import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { acrPassword } from '../policy/assurance.ts'

const type = 'session_handed_over'

onEachEngine((engine) => {
  test(`a session that is requested again and again is handed over each time, with at most ten events (${engine.name})`, async (t) => {
    const nodes = await engine.openTwice(t)
    const clock = createTestClock()
    const [scene, other] = nodes.map(({ db }) => createScene(db, clock))
    assert.ok(scene && other)
    const userId = await scene.addUser()
    const logIn = async (browser: string) => {
      const client = { address: '192.0.2.1', userAgent: 'Firefox', browserHash: browser }
      const proven = { amr: ['pwd'], acr: acrPassword, authenticatedAt: clock.now() }
      const { id } = await scene.sessions.create(nodes[0].db, { userId, ...proven, client })
      return { sessionId: id, client }
    }
    const desk = await logIn('desk')
    const handOver = ({ sessionId, client }: typeof desk, at = scene) =>
      at.sessions.handOver(sessionId, client)
    const given = await Promise.all(
      [scene, other, scene, other].flatMap((one) => [handOver(desk, one), handOver(desk, one)]),
    )
    assert.ok(given.every((one) => one !== undefined))
    clock.pass(5_000)
    assert.ok(await handOver(desk))
    const noted = { userId, sessionId: desk.sessionId, address: '192.0.2.1' }
    const takings = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    const events = takings.map((taking) => ({ ...noted, taking }))
    assert.deepEqual(await scene.listAudit(type), events)

    const laptop = await logIn('laptop')
    await handOver(laptop)
    await handOver(desk)
    await handOver(laptop)
    const later = (await scene.listAudit(type)).slice(takings.length)
    assert.deepEqual(
      later.map(({ sessionId, taking }) => [sessionId, taking]),
      [
        [laptop.sessionId, 1],
        [desk.sessionId, 10],
        [laptop.sessionId, 2],
      ],
    )
    assert.ok(await handOver(desk), 'it goes on')
    assert.equal((await scene.listAudit(type)).length, takings.length + later.length, 'unnoted')
  })

  test(`A24: a session is handed over only to the browser and the address of its login, and otherwise leaves no event (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const { sessions, addUser, listAudit } = createScene(db, clock)
    const proven = { amr: ['pwd'], acr: acrPassword, authenticatedAt: clock.now() }
    const client = { address: '192.0.2.1', userAgent: 'Firefox', browserHash: 'desk' }
    const { id } = await sessions.create(db, { userId: await addUser(), ...proven, client })
    for (const other of [
      { address: '192.0.2.2' },
      { userAgent: 'Chrome' },
      { browserHash: 'another' },
      { address: null },
      { userAgent: null },
    ])
      assert.equal(
        await sessions.handOver(id, { ...client, ...other }),
        undefined,
        JSON.stringify(other),
      )
    const { browserHash: _, ...withoutBrowser } = client
    assert.equal(await sessions.handOver(id, withoutBrowser), undefined)
    assert.deepEqual(await listAudit(type), [])
    assert.ok(await sessions.handOver(id, client))
  })
})
