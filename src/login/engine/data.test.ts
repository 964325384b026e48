import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { type DataChange, type JourneyData, journeyEntry, mergeData } from './data.ts'

const color = journeyEntry('a.color', z.enum(['red', 'green']))
const count = journeyEntry('a.count', z.int())
const parse = (json: string): JourneyData => JSON.parse(json)

test('a value is read as it was written, and stored under its name', () => {
  const data = mergeData({}, { ...color.write('red'), ...count.write(2) })
  assert.deepEqual([color.read(data), count.read(data)], ['red', 2])
  assert.equal(JSON.stringify(data), '{"a.color":"red","a.count":2}')
})

test('a value that was never written or was cleared is undefined', () => {
  assert.equal(color.read({}), undefined)
  const data = mergeData(color.write('red'), color.clear())
  assert.deepEqual([color.read(data), JSON.stringify(data)], [undefined, '{}'])
})

test('reading a broken value throws an error with its name and without its content', () => {
  for (const stored of ['"blue"', '1', 'null', '{}']) {
    const data = parse(`{"a.color":${stored}}`)
    assert.throws(() => color.read(data), { message: 'the journey data a.color is broken' })
  }
})

test('values without an entry stay unchanged', () => {
  const data = mergeData(parse('{"b.later":"x"}'), count.write(1))
  assert.equal(JSON.stringify(data), '{"b.later":"x","a.count":1}')
})

test('a misspelled name and a wrong type do not compile', () => {
  // @ts-expect-error: not a color
  color.write('blue')
  // @ts-expect-error: a name that no entry has
  const change: DataChange = { 'a.colour': 'red' }
  // @ts-expect-error: data is read by entries
  assert.equal(parse('{}')['a.color'], undefined)
  assert.ok(change)
})
