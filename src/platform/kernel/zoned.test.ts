import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createZone, showInZone } from './zoned.ts'

const berlin = createZone('Europe/Berlin')

test('a time is shown as the clocks of the zone show it, in summer and in winter', () => {
  assert.equal(berlin.stamp(Date.parse('2026-07-01T06:02:09Z')), '2026-07-01 08:02:09')
  assert.equal(berlin.stamp(Date.parse('2026-12-31T23:30:00Z')), '2027-01-01 00:30:00')
  assert.equal(berlin.clock(Date.parse('2026-12-03T07:02:00Z')), '08:02')
})

test('a time without an offset is one of the zone, also around a change of the clocks', () => {
  for (const [text, time] of [
    ['2026-07-01T08:02', '2026-07-01T06:02:00Z'],
    ['2026-12-03 08:02', '2026-12-03T07:02:00Z'],
    ['2026-12-03T08:02:09', '2026-12-03T07:02:09Z'],
    ['2026-10-25T01:30', '2026-10-24T23:30:00Z'],
    ['2026-10-25T03:30', '2026-10-25T02:30:00Z'],
    ['2026-03-29T01:30', '2026-03-29T00:30:00Z'],
    ['2026-03-29T03:30', '2026-03-29T01:30:00Z'],
    ['2026-12-03T08:02Z', '2026-12-03T08:02:00Z'],
    ['2026-12-03T08:02+05:30', '2026-12-03T02:32:00Z'],
  ] as const)
    assert.equal(berlin.parse(text), Date.parse(time), text)
})

test('what is no time is not taken for one', () => {
  for (const text of ['', 'yesterday', '08:02', '2026-13-01T08:02', '2026-12-03T25:00'])
    assert.equal(berlin.parse(text), undefined, text)
})

test('times in UTC within a sentence are shown in the zone, and nothing else changes', () => {
  assert.equal(
    showInZone('Locked until 2026-12-03T07:09:30Z, since 2026-12-03T07:09Z.', berlin),
    'Locked until 2026-12-03 08:09:30, since 2026-12-03 08:09.',
  )
  assert.equal(
    showInZone('Port 8080, v1.2.3Z, 2026-99-03T07:09Z', berlin),
    'Port 8080, v1.2.3Z, 2026-99-03T07:09Z',
  )
})
