import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameStatement, readTraceparent } from './span.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

test('a traceparent is read strictly', () => {
  assert.deepEqual(readTraceparent(`00-${traceId}-${spanId}-01`), {
    ...{ traceId, spanId, isSampled: true },
  })
  assert.equal(readTraceparent(`00-${traceId}-${spanId}-00`)?.isSampled, false)
  for (const wrong of [
    undefined,
    '',
    `01-${traceId}-${spanId}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-01\n`,
    `00-${traceId}-${spanId}`,
  ]) {
    assert.equal(readTraceparent(wrong), undefined, wrong ?? 'nothing')
  }
})

test('the name of a statement is its operation and its table', () => {
  const names = [
    'select "id" from "users" where "username_key" = ?',
    'insert into "audit_events" ("seq") values (?)',
    'update "journeys" set "step" = ?',
    'delete from "throttle" where "key" = ?',
    'COMMIT',
    '  ',
  ].map((sql) => Object.values(nameStatement(sql)).join(' ').trim())
  assert.deepEqual(names, [
    ...['SELECT users', 'INSERT audit_events', 'UPDATE journeys', 'DELETE throttle'],
    ...['COMMIT', 'OTHER'],
  ])
})
