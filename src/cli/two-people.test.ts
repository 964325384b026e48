/** What one operator alone may not do to members of groups that require two operators. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

test('A53: one operator alone cannot set the password or reset the factors of a member of a two-people group', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  writeFileSync(join(folder, 'einlass.yaml'), 'service_desk: { two_people_groups: [board] }\n')
  const desk = (args: readonly string[]) => einlass([...args, '--config', 'einlass.yaml'])
  for (const name of ['erika', 'max'])
    await desk(['user', 'add', name, '--email', `${name}@example.org`])
  await desk(['user', 'group', 'add', 'erika', 'board'])
  for (const [args, act] of [
    [['user', 'set-password', 'erika'], 'set their password'],
    // The link for a new password would be sent to this address.
    [['user', 'change', 'erika', '--email', 'desk@example.org'], 'change their e-mail address'],
    [['user', 'change', 'erika', '--no-email'], 'change their e-mail address'],
    [['factor', 'reset', 'erika', 'totp', '--yes'], 'reset their second factors'],
    [['pass', 'issue', 'erika', '--reason', 'phone stolen'], 'needs two operators'],
  ] as const) {
    const refused = await desk(args)
    assert.deepEqual([refused.code, refused.stdout], [1, ''])
    assert.match(refused.stderr, new RegExp(`^erika .*${act}`))
  }
  const events = (await desk(['why', 'erika', '--json'])).stdout
  assert.doesNotMatch(events, /password_set|factor_reset|user_changed/)
  const renamed = ['--display-name', 'Erika Muster', '--email', 'erika@example.org']
  assert.equal((await desk(['user', 'change', 'erika', ...renamed])).code, 0)
  assert.equal((await desk(['user', 'set-password', 'max'])).code, 0)
  await desk(['user', 'group', 'remove', 'erika', 'board'])
  assert.equal((await desk(['user', 'set-password', 'erika'])).code, 0)
})
