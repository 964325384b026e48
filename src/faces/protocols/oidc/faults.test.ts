import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { Fault } from '../../../platform/kernel/fault.ts'
import { logEvents } from './faults.ts'

test('the log has a line for a refusal, and none for a poll that is still pending', () => {
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

test('A48: the log aggregates many refusals of one kind, and each refusal is counted', (t) => {
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

test('requests that fail without the database write one line a minute, with method and path', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const provider = new EventEmitter()
  const lines: object[] = []
  const log = { error: (entry: object, text: string) => lines.push({ ...entry, text }) }
  logEvents(provider as never, log as never, () => {})
  const context = { path: '/oidc/token', req: { method: 'POST', socket: {} } }
  const away = new Fault('unavailable', 'the database is not available')
  for (let n = 0; n < 100; n += 1) provider.emit('server_error', context, away)
  const line = { error: away, method: 'POST', path: '/oidc/token' }
  assert.deepEqual(lines, [{ ...line, text: 'An OIDC request could not be answered.' }])
  provider.emit('server_error', context, new Error('a mistake'))
  assert.equal(lines.length, 2)
  t.mock.timers.tick(60_000)
  assert.deepEqual(lines[2], { ...line, text: 'An OIDC request could not be answered.', times: 99 })
})
