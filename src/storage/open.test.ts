import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../kernel/fault.ts'
import { silentLog } from '../kernel/log.ts'
import { openDatabase } from './open.ts'

test('a database that cannot be reached is named with the reason, and without its password', async () => {
  const url = 'postgres://einlass:very-secret@127.0.0.1:1/login'
  const opening = openDatabase({ storage: { type: 'postgres', url }, log: silentLog })
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof Fault)
    assert.equal(error.code, 'unavailable')
    assert.match(
      error.message,
      /^The database 127\.0\.0\.1:1\/login is not available: .*ECONNREFUSED/,
    )
    assert.ok(!error.message.includes('very-secret'))
    return true
  })
})
