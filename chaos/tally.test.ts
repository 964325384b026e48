import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTally, describeTrust, findShownShare } from './tally.ts'

test('the tally adds up what was judged in all scenes, also while one of them is open', () => {
  const tally = createTally()
  const first = tally.open()
  first.logins = 3
  first.operations = 40
  first.checks = 2
  Object.assign(tally.open(), { logins: 1, operations: 5, checks: 1 })
  assert.deepEqual(tally.read(), { checks: 3, logins: 4, operations: 45 })
})

test('an error that shows in this share of the faults is missed by at most one run in twenty', () => {
  for (const faults of [1, 8, 40, 100, 1_000]) {
    const shown = 1 / findShownShare(faults)
    assert.ok((1 - shown) ** faults <= 0.05 + 1e-9, `${faults}`)
    assert.ok((1 - 1 / (findShownShare(faults) + 1)) ** faults > 0.05, `${faults}`)
  }
})

test('a word that rests on few faults says so', () => {
  assert.match(describeTrust(8), /rests on 8 faults: .*1 in 3 /)
  assert.match(describeTrust(1_000), /rests on 1,000 faults: .*1 in 334 /)
  assert.match(describeTrust(1), /rests on 1 fault: .*each fault /)
  assert.match(describeTrust(0), /nothing was tried/)
})
