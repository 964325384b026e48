/** Ten minutes of `npm run chaos -- soak`, with pauses, so that other tests have the machine beside it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHash } from '../chaos/load/people.ts'
import { createChoices } from '../chaos/load/random.ts'
import { plans } from '../chaos/plans.ts'

const minutes = 10

test(`in ${minutes} minutes of logins neither memory nor handles grow`, {
  timeout: 1_500_000,
}, async (t) => {
  const order = { times: minutes, hash: createHash(), choices: createChoices(1), say() {} }
  const figures = await plans.soak?.run({ ...order, pause: 5_000 })
  t.diagnostic(`note: soak: ${JSON.stringify(Object.fromEntries(figures ?? []))}`)
  assert.ok((figures?.get('logins') ?? 0) > 300)
})
