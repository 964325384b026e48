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

test('A48: many refusals of one kind are one line, and each is noted', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const provider = new EventEmitter()
  const lines: { readonly times?: number }[] = []
  let notes = 0
  const log = { info: (entry: object) => lines.push(entry) }
  logEvents(provider as never, log as never, () => (notes += 1))
  for (let n = 0; n < 1000; n += 1) {
    const error = 'invalid_request'
    const context = { oidc: {}, query: { client_id: `app${n}` } }
    provider.emit('authorization.error', context, Object.assign(new Error(error), { error }))
  }
  assert.equal(lines.length, 1)
  t.mock.timers.tick(60_000)
  assert.deepEqual(
    lines.map(({ times }) => times),
    [undefined, 999],
  )
  assert.equal(notes, 1000)
})
