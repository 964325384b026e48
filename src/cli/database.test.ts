import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { configSchema } from '../platform/config/schema.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { fromSqlite } from '../platform/storage/errors.ts'
import { withDatabase } from './database.ts'

test('a database error names the database and the reason, and other errors pass unchanged', async (t) => {
  const { folder } = await openTerminal(t)
  const file = join(folder, 'einlass.db')
  const config = configSchema.parse({ storage: { type: 'sqlite', file } })
  const fail = (error: unknown) => withDatabase(config, () => Promise.reject(error))
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 })
  await assert.rejects(fail(fromSqlite(full)), {
    code: 'unavailable',
    message: `The database ${file} is not available: database or disk is full.`,
  })
  const other = new Fault('unavailable', 'The mail server does not answer.')
  await assert.rejects(fail(other), other)
})
