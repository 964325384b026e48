// A53: what the variables of an operator's shell change in a command of the desk whose configuration is fixed.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { commands } from './commands.ts'
import { deskCommands } from './desk-environment.ts'

const reason = ['--reason', 'phone stolen']

test('A53: a variable changes nothing in a command of the desk that names its configuration', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const storage = `storage: { type: sqlite, file: '${join(folder, 'einlass.db')}' }\n`
  const keys = `key_file: '${join(folder, 'einlass.key')}'\n`
  const desk = 'service_desk: { verify_caller: required, two_people_groups: [board] }\n'
  writeFileSync(join(folder, 'einlass.yaml'), `${storage}${keys}${desk}`)
  const fixed = ['--config', 'einlass.yaml']
  await einlass(['user', 'add', 'erika'])
  await einlass(['user', 'group', 'add', 'erika', 'board'])
  const env = {
    EINLASS_SERVICE_DESK_VERIFY_CALLER: 'off',
    EINLASS_SERVICE_DESK_TWO_PEOPLE_GROUPS: 'nobody',
    EINLASS_SERVICE_DESK_PASS_MAX_LIFETIME: '7d',
    EINLASS_STORAGE_FILE: join(folder, 'other.db'),
    EINLASS_MAIL_SMTP_PASSWORD_COMMAND: `["touch", "${join(folder, 'ran')}"]`,
  }
  const issued = await einlass(['pass', 'issue', 'erika', ...reason, ...fixed], { env })
  assert.deepEqual([issued.code, issued.stdout], [1, ''])
  assert.match(issued.stderr, /erika needs two operators/)
  for (const name of Object.keys(env)) assert.ok(issued.stderr.includes(name), name)
  const long = ['pass', 'request', 'erika', '--for', '3d', ...reason, ...fixed]
  assert.match((await einlass(long, { env })).stderr, /at most 24 hours/)
  const listed = await einlass(['user', 'list', '--json', ...fixed], { env })
  assert.match(listed.stdout, /erika/)
  // Without --config, and for an administrator, a variable stands above the file.
  assert.equal(existsSync(join(folder, 'ran')), false)
  const other = { env: { EINLASS_STORAGE_FILE: env.EINLASS_STORAGE_FILE } }
  assert.equal((await einlass(['user', 'list'], other)).code, 69)
  assert.equal((await einlass(['user', 'add', 'max', ...fixed], other)).code, 69)
})

test('A53: a key that the fixed configuration leaves out has its default, and not the value of a variable', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  writeFileSync(join(folder, 'einlass.yaml'), 'public_url: https://login.example.org\n')
  const listed = await einlass(['user', 'list', '--config', 'einlass.yaml'])
  assert.equal(listed.code, 69)
  assert.match(listed.stderr, /variables are ignored: .*EINLASS_KEY_FILE.*EINLASS_STORAGE_FILE/)
  assert.match(listed.stderr, /There is no database at .*data\/einlass\.db/)
})

test('every command of the desk exists', () => {
  for (const name of deskCommands) assert.ok(Object.hasOwn(commands, name), name)
})
