import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import { createFailedLogins } from './failed-logins.ts'

const erika = { username: 'erika', nameHash: sha256('erika') }

onEachEngine((engine) => {
  test(`wrong passwords for one name from one network write one event at once and then one a minute (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db, createTestClock())
    const counted: string[] = []
    const failedLogins = createFailedLogins({
      ...scene,
      onFailed: (reason) => void counted.push(reason),
    })
    for (let n = 0; n < 5; n += 1)
      await failedLogins.add(db, { ...erika, address: `2001:db8:0:1::${n}` })
    await failedLogins.add(db, { ...erika, address: '192.0.2.1' })
    await failedLogins.add(db, { ...erika, nameHash: sha256('other'), address: '192.0.2.1' })
    const first = await scene.listAudit('login_failed')
    assert.deepEqual(
      first.map(({ address, times }) => [address, times]),
      [
        ['2001:db8:0:1::0', 1],
        ['192.0.2.1', 1],
        ['192.0.2.1', 1],
      ],
    )
    await failedLogins.flush(db)
    assert.equal((await scene.listAudit('login_failed')).length, 3)
    scene.clock.pass(minutes(1))
    await failedLogins.flush(db)
    const sum = { username: 'erika', address: '2001:db8:0:1::4', reason: 'wrong_credentials' }
    assert.deepEqual((await scene.listAudit('login_failed')).slice(3), [{ ...sum, times: 4 }])
    assert.equal(counted.length, 7)
  })

  test(`A48: wrong passwords for many names from many networks write a limited number of events (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = createScene(db, createTestClock())
    const failedLogins = createFailedLogins({ ...scene, onFailed: () => {} })
    const tries = 2000
    for (let minute = 0; minute < 10; minute += 1) {
      for (let n = 0; n < tries; n += 1) {
        const nameHash = sha256(`${minute} ${n}`)
        const address = `2001:db8:${n.toString(16)}::1`
        await failedLogins.add(db, { username: null, address, nameHash })
      }
      scene.clock.pass(seconds(60))
      await failedLogins.flush(db)
    }
    const events = await scene.listAudit('login_failed')
    assert.ok(events.length <= 10 * 302, `${events.length} events`)
    const sum = events.reduce((all, { times }) => all + Number(times), 0)
    assert.equal(sum, 10 * tries, 'none is lost')
  })
})
