/**
 * A small part of `npm run chaos`: faults under a load of complete logins, after each of which what was acknowledged is there and
 * nothing was spent twice. docs/reliability.md has the figures of long runs.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHash } from '../chaos/load/people.ts'
import { createChoices } from '../chaos/load/random.ts'
import { plans } from '../chaos/plans.ts'

const hash = createHash()

for (const { name, times } of [
  { name: 'kills-sqlite', times: 6 },
  { name: 'kills-postgres', times: 4 },
  { name: 'power-sqlite', times: 6 },
  { name: 'power-postgres', times: 2 },
  { name: 'full-disk', times: 1 },
  { name: 'frozen-server', times: 1 },
  { name: 'cut-off', times: 2 },
]) {
  test(`nothing acknowledged is lost and nothing is spent twice: ${plans[name]?.about}`, async (t) => {
    const order = { times, hash, choices: createChoices(1), say() {} }
    const figures = await plans[name]?.run(order)
    t.diagnostic(`note: ${name}: ${JSON.stringify(Object.fromEntries(figures ?? []))}`)
    assert.ok((figures?.get('logins') ?? 0) >= times)
  })
}

test('writes that are lost in a power cut without full flushes are detected, on both databases', async () => {
  const order = { times: 3, hash, choices: createChoices(1), say() {} }
  const figures = await plans['power-control']?.run(order)
  assert.equal(figures?.size, 2)
})
