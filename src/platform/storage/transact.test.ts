import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { meetInDeadlock } from '../../dev/test-support/locks.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { Fault } from '../kernel/fault.ts'
import type { Database, Queries } from './database.ts'
import { afterCommit, transact, writeLast } from './transact.ts'

const setting = (name: string) => ({ name, value: '0' })
const add = (queries: Queries, name: string) =>
  queries
    .updateTable('settings')
    .set({ value: sql<string>`cast(cast(value as integer) + 1 as text)` })
    .where('name', '=', name)
    .execute()

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('a transaction that fails for another reason is not repeated, and leaves nothing'),
    async (t) => {
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
    },
  )

  test(say('a transaction that conflicts again and again fails after four attempts'), async (t) => {
    const { db } = await engine.open(t)
    let tries = 0
    const failing = transact(db, async () => {
      tries += 1
      throw new Fault('unavailable', 'ended', { details: { code: '40P01' } })
    })
    await assert.rejects(failing, /ended/)
    assert.equal(tries, 4)
  })

  test(
    say(
      'deferred writes run at the end of the transaction, and follow-up work runs after the commit',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const order: string[] = []
      const writeNames = async (queries: Queries, names: readonly string[]) => {
        order.push(`last ${names.join(' ')}`)
        for (const name of names)
          await queries.insertInto('settings').values(setting(name)).execute()
      }
      const result = await transact(db, async (tx) => {
        afterCommit(tx, () => order.push('after'))
        writeLast(tx, writeNames, 'a')
        order.push('work')
        writeLast(tx, writeNames, 'b')
        return 'made'
      })
      assert.equal(result, 'made')
      assert.deepEqual(order, ['work', 'last a b', 'after'])
      assert.equal((await db.selectFrom('settings').selectAll().execute()).length, 2)
    },
  )

  test(
    say(
      'follow-up work does not run if a transaction fails, in its work or in its deferred writes',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const follow = () => assert.fail('it was not committed')
      const inWork = transact(db, async (tx) => {
        afterCommit(tx, follow)
        throw new Error('in the work')
      })
      await assert.rejects(inWork, /in the work/)
      const failAtEnd = () => Promise.reject(new Error('at the end'))
      const atEnd = transact(db, async (tx) => {
        afterCommit(tx, follow)
        writeLast(tx, failAtEnd, 'a')
        await tx.insertInto('settings').values(setting('a')).execute()
      })
      await assert.rejects(atEnd, /at the end/)
      assert.deepEqual(await db.selectFrom('settings').selectAll().execute(), [])
    },
  )

  test(
    say('a repeated transaction drops the deferred writes and follow-up work of earlier attempts'),
    async (t) => {
      const { db } = await engine.open(t)
      const followed: number[] = []
      const written: number[] = []
      let tries = 0
      await transact(db, async (tx) => {
        tries += 1
        const now = tries
        afterCommit(tx, () => followed.push(now))
        writeLast(
          tx,
          async (_queries, items: readonly number[]) => void written.push(...items),
          now,
        )
        if (tries < 3) throw new Fault('unavailable', 'ended', { details: { code: '40001' } })
      })
      assert.deepEqual([followed, written], [[3], [3]])
    },
  )

  if (engine.name === 'sqlite') return

  test(
    say('a transaction that was ended because of a deadlock repeats all of its work'),
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

test('work for after the commit does not run if the commit fails', async () => {
  const order: string[] = []
  const execute = async (work: (queries: object) => Promise<unknown>) => {
    await work({})
    order.push('commit')
    throw new Error('the disk is full')
  }
  const db = { transaction: () => ({ execute }) } as unknown as Database
  const failing = transact(db, async (tx) => {
    afterCommit(tx, () => order.push('after'))
    order.push('work')
  })
  await assert.rejects(failing, /the disk is full/)
  assert.deepEqual(order, ['work', 'commit'])
})
