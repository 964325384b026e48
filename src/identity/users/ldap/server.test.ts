import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../../../dev/test-support/scene.ts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import { hours, seconds } from '../../../platform/kernel/clock.ts'
import { createServer, Unanswered } from './server.ts'

test('A43: a server that has not answered rests for ten seconds, and no longer after the clock is set back', async (t) => {
  const clock = createTestClock()
  const config = { connections: 1, time_limit: seconds(1) } as DirectoryConfig
  const readFile = () => ''
  // Nothing listens at this port.
  const server = createServer({ config, clock, readFile }, 'ldap://127.0.0.1:1')
  t.after(() => server.close())
  const ask = () => server.ask({ kind: 'reading', isOnce: false, work: async () => undefined })
  assert.equal(server.isResting(), false)
  await assert.rejects(ask(), Unanswered)
  assert.equal(server.isResting(), true)
  clock.pass(seconds(10) - 1)
  assert.equal(server.isResting(), true)
  clock.pass(1)
  assert.equal(server.isResting(), false)
  await assert.rejects(ask(), Unanswered)
  clock.pass(-hours(3))
  assert.equal(server.isResting(), false)
})
