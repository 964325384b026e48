import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { systemRandom } from '../kernel/random.ts'
import { createWriteProbe } from './probe.ts'

/** After this statement, nothing can be written, as on a full disk or a standby. */
const refusals = { sqlite: 'pragma max_page_count = 1', postgres: 'set transaction read only' }

onEachEngine((engine) => {
  test(`a probe writes at most once in a period and leaves no row behind (${engine.name})`, async (t) => {
    const database = await engine.open(t)
    const { db } = database
    const clock = { time: 1_800_000_000_000, now: () => clock.time }
    let made = 0
    const random = { ...systemRandom, uuid: () => `${++made}` }
    const probe = createWriteProbe({ database, clock, random })
    await Promise.all([probe(), probe()])
    await probe()
    assert.equal(made, 1)
    clock.time += 5000
    await probe()
    assert.equal(made, 2)
    assert.deepEqual(await db.selectFrom('settings').selectAll().execute(), [])
  })

  test(`recent failures of other writes make the probe fail, even after a successful probe (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const clock = { time: 1_800_000_000_000, now: () => clock.time }
    const listeners: (() => void)[] = []
    const database = { db, onTrouble: (listener: () => void) => void listeners.push(listener) }
    const tell = () => listeners[0]?.()
    let made = 0
    const random = { ...systemRandom, uuid: () => `${++made}` }
    const probe = createWriteProbe({ database, clock, random })
    await probe()
    tell()
    await probe()
    assert.equal(made, 2, 'one failure: it looks at once')
    tell()
    tell()
    await assert.rejects(probe(), { code: 'unavailable' })
    clock.time += 5000
    await probe()
    assert.equal(made, 3)
  })

  test(`a write that the database refuses in general is reported, and a wrong write is not (${engine.name})`, async (t) => {
    const { db, onTrouble } = await engine.open(t)
    let heard = 0
    onTrouble(() => heard++)
    const insert = { name: 'a', value: '' }
    await db.insertInto('settings').values(insert).execute()
    await assert.rejects(db.insertInto('settings').values(insert).execute())
    assert.equal(heard, 0)
    const refused = db.transaction().execute(async (tx) => {
      await sql.raw(refusals[engine.name]).execute(tx)
      await tx
        .insertInto('settings')
        .values({ name: 'b', value: 'b'.repeat(100_000) })
        .execute()
    })
    await assert.rejects(refused, { code: 'unavailable' })
    assert.equal(heard, 1)
  })

  if (engine.name !== 'sqlite') return

  const frozen = { now: () => 1_800_000_000_000 }

  test('a full database fails the probe, until there is space', async (t) => {
    const database = await engine.open(t)
    const { db } = database
    const probe = createWriteProbe({ database, clock: frozen, random: systemRandom })
    await sql.raw('pragma max_page_count = 1').execute(db)
    await assert.rejects(probe(), { code: 'unavailable' })
    await sql.raw('pragma max_page_count = 1000000').execute(db)
    await probe()
  })

  test('a read-only database fails the probe', async (t) => {
    const database = await engine.open(t)
    const { db } = database
    const probe = createWriteProbe({ database, clock: frozen, random: systemRandom })
    await sql.raw('pragma query_only = 1').execute(db)
    await assert.rejects(probe(), { code: 'unavailable' })
  })
})
