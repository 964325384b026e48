import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pushEvents } from './events.ts'

test('a failed test push has another text than a failed login', () => {
  const keyOf = (purpose: string, outcome: string) => {
    const said = pushEvents.answered.describe?.({ purpose, outcome }, 'Wiki')
    return [said?.text.key, said?.isWarning]
  }
  assert.deepEqual(keyOf('test', 'denied'), ['event.test_denied', false])
  assert.deepEqual(keyOf('test', 'wrong_number'), ['event.test_wrong_number', false])
  assert.deepEqual(keyOf('login', 'wrong_number'), ['event.push_wrong_number', true])
})
