import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { logEvents } from './faults.ts'

test('a refusal is a line in the log, and an app that waits for an answer writes none', () => {
  const provider = new EventEmitter()
  const lines: unknown[] = []
  const notes: unknown[] = []
  const log = { info: (entry: unknown) => lines.push(entry) }
  logEvents(provider as never, log as never, (note) => notes.push(note))
  for (const error of ['authorization_pending', 'invalid_grant']) {
    provider.emit(
      'grant.error',
      { oidc: {}, query: {} },
      Object.assign(new Error(error), { error }),
    )
  }
  assert.equal(lines.length, 1)
  assert.equal(notes.length, 2)
})
