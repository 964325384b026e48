import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { systemRandom } from '../kernel/random.ts'
import { createWriteProbe } from './probe.ts'

onEachEngine((engine) => {
  test(`a probe writes once in a while and leaves nothing behind (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = { time: 1_800_000_000_000, now: () => clock.time }
    let made = 0
    const random = { ...systemRandom, uuid: () => `${++made}` }
    const probe = createWriteProbe({ db, clock, random })
    await Promise.all([probe(), probe()])
    await probe()
    assert.equal(made, 1)
    clock.time += 5000
    await probe()
    assert.equal(made, 2)
    assert.deepEqual(await db.selectFrom('settings').selectAll().execute(), [])
  })

  if (engine.name !== 'sqlite') return

  const frozen = { now: () => 1_800_000_000_000 }

  test('a full database fails the probe, until there is space', async (t) => {
    const { db } = await engine.open(t)
    const probe = createWriteProbe({ db, clock: frozen, random: systemRandom })
    await sql.raw('pragma max_page_count = 1').execute(db)
    await assert.rejects(probe(), { code: 'unavailable' })
    await sql.raw('pragma max_page_count = 1000000').execute(db)
    await probe()
  })

  test('a database that may only be read fails the probe', async (t) => {
    const { db } = await engine.open(t)
    const probe = createWriteProbe({ db, clock: frozen, random: systemRandom })
    await sql.raw('pragma query_only = 1').execute(db)
    await assert.rejects(probe(), { code: 'unavailable' })
  })
})
