import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { prepared, type Slots } from './prepared.ts'

const add = prepared((queries, at: Slots<{ name: string; value: string }>) =>
  queries.insertInto('settings').values({ name: at.name, value: at.value }),
)
const find = prepared((queries, at: Slots<{ name: string }>) =>
  queries
    .selectFrom('settings')
    .select('value')
    .where('name', '=', at.name)
    .where('value', '!=', 'hidden'),
)

onEachEngine((engine) => {
  test(`a prepared query runs with other values each time (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    assert.equal(await add.run(db, { name: 'colour', value: 'blue' }), 1)
    assert.equal(await add.run(db, { name: 'shape', value: 'hidden' }), 1)
    assert.deepEqual(await find.first(db, { name: 'colour' }), { value: 'blue' })
    assert.deepEqual(await find.all(db, { name: 'colour' }), [{ value: 'blue' }])
    assert.equal(await find.first(db, { name: 'shape' }), undefined)
  })

  test(`a prepared query runs in the transaction that it is given (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const undone = db.transaction().execute(async (tx) => {
      await add.run(tx, { name: 'colour', value: 'blue' })
      assert.deepEqual(await find.first(tx, { name: 'colour' }), { value: 'blue' })
      throw new Error('undone')
    })
    await assert.rejects(undone, /undone/)
    assert.equal(await find.first(db, { name: 'colour' }), undefined)
  })

  test(`a prepared query refuses a value that is missing (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    await assert.rejects(find.first(db, {} as { name: string }), TypeError)
  })
})
