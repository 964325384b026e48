/** The password of a new user depends on what the directory can do. */
import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { test } from 'node:test'
import { configSchema } from '../platform/config/schema.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { passwordForNew } from './user.ts'

const io: Io = {
  stdin: Object.assign(Readable.from(['correct horse battery staple']), { isTTY: false }),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  env: {},
  readFile: () => '',
  readMode: () => undefined,
}
const options = { owner: { username: 'erika' }, config: configSchema.parse({}), io }

test('a new user gets a password that must be changed at the first login', async () => {
  const made = await passwordForNew({ setPassword: async () => {} }, {}, options)
  assert.equal(made.user.passwordChangeRequired, true)
  assert.match(made.line, /It is shown this once/)
})

test('no password is made for a new user if the directory has the passwords', async () => {
  const made = await passwordForNew({}, {}, options)
  assert.deepEqual([made.user, made.shown], [{}, {}])
  assert.equal(made.line, '\nThe directory of users has the password.')
})

test('a typed password is refused if the directory has the passwords', async () => {
  for (const values of [{ 'password-stdin': true }, { 'must-change': true }])
    await assert.rejects(
      passwordForNew({}, values, options),
      (error) => error instanceof Fault && error.code === 'not_allowed',
    )
})
