import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { meetInDeadlock } from '../../dev/test-support/locks.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { Fault } from '../kernel/fault.ts'
import type { Queries } from './database.ts'
import { transact } from './transact.ts'

const setting = (name: string) => ({ name, value: '0' })
const add = (queries: Queries, name: string) =>
  queries
    .updateTable('settings')
    .set({ value: sql<string>`cast(cast(value as integer) + 1 as text)` })
    .where('name', '=', name)
    .execute()

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('what fails for another reason is not tried again, and leaves nothing'), async (t) => {
    const { db } = await engine.open(t)
    let tries = 0
    const failing = transact(db, async (tx) => {
      tries += 1
      await tx.insertInto('settings').values(setting('a')).execute()
      throw new Error('for another reason')
    })
    await assert.rejects(failing, /for another reason/)
    assert.equal(tries, 1)
    assert.deepEqual(await db.selectFrom('settings').selectAll().execute(), [])
  })

  test(say('who meets another transaction again and again is told so in the end'), async (t) => {
    const { db } = await engine.open(t)
    let tries = 0
    const failing = transact(db, async () => {
      tries += 1
      throw new Fault('unavailable', 'ended', { details: { code: '40P01' } })
    })
    await assert.rejects(failing, /ended/)
    assert.equal(tries, 4)
  })

  if (engine.name === 'sqlite') return

  test(
    say('who is ended in favour of another transaction does all of its work anew'),
    async (t) => {
      const [{ db }, other] = await engine.openTwice(t)
      await db
        .insertInto('settings')
        .values([setting('a'), setting('b')])
        .execute()
      const row = (name: string) => sql`settings where name = ${name}`
      let [meetings, tries] = [0, 0]
      while (tries < 2 && meetings < 5) {
        meetings += 1
        tries = 0
        await meetInDeadlock(other.db, { first: row('a'), last: row('b') }, () =>
          transact(db, async (tx) => {
            tries += 1
            await add(tx, 'a')
            await add(tx, 'b')
          }),
        )
      }
      assert.equal(tries, 2)
      const rows = await db.selectFrom('settings').select('value').execute()
      assert.deepEqual(rows, Array(2).fill({ value: `${meetings}` }))
    },
  )
})
