import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readServiceProvider } from './read.ts'
import { type NewServiceProvider, writeServiceProvider } from './write.ts'

const entityId = 'https://app.example/metadata'

test('the validity of metadata is read as a time or as a duration, and other forms are refused', () => {
  const read = (more: Partial<NewServiceProvider>) =>
    readServiceProvider(
      writeServiceProvider({
        entityId: entityId,
        consumerUrls: ['https://app.example/acs'],
        ...more,
      }),
    )
  const readOk = (more: Partial<NewServiceProvider>) => {
    const reading = read(more)
    assert.ok(reading.type === 'ok', JSON.stringify(reading))
    return reading.provider
  }
  const minute = 60_000
  const durations: [string, number][] = [
    ['PT15M', 15 * minute],
    ['P1D', 24 * 60 * minute],
    ['P1M', 30 * 24 * 60 * minute],
    ['P1Y2DT3H4M5.5S', (((365 + 2) * 24 + 3) * 60 + 4) * minute + 5500],
  ]
  for (const [cacheDuration, length] of durations) {
    assert.equal(readOk({ cacheDuration }).cacheDuration, length)
  }
  const validUntil = '2026-11-27T12:00:00Z'
  assert.equal(readOk({ validUntil }).validUntil, Date.UTC(2026, 10, 27, 12))
  for (const cacheDuration of ['', 'P', 'PT', '-P1D', 'P1H', '1D', 'P1.5D', 'PT1S ', 'P1234567D']) {
    assert.equal(read({ cacheDuration }).type, 'refused', cacheDuration)
  }
})
