/** What one operator alone may not do to members of groups that require two operators. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

/** All of it: commands of the desk take nothing from the environment. */
const writeConfig = (folder: string) =>
  writeFileSync(
    join(folder, 'einlass.yaml'),
    `storage: { type: sqlite, file: '${join(folder, 'einlass.db')}' }
key_file: '${join(folder, 'einlass.key')}'
service_desk: { two_people_groups: [board] }
`,
  )

const sidOf = (name: string) => `sid=S-1-5-21-1-2-${name.length}`

test('A53: one operator alone cannot set the password or reset the factors of a member of a two-people group', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  writeConfig(folder)
  const desk = (args: readonly string[]) => einlass([...args, '--config', 'einlass.yaml'])
  for (const name of ['erika', 'max'])
    await desk(['user', 'add', name, '--email', `${name}@example.org`, '--attribute', sidOf(name)])
  await desk(['user', 'group', 'add', 'erika', 'board'])
  for (const [args, act] of [
    [['user', 'set-password', 'erika'], 'set their password'],
    // The link for a new password would be sent to this address.
    [['user', 'change', 'erika', '--email', 'desk@example.org'], 'change their e-mail address'],
    [['user', 'change', 'erika', '--no-email'], 'change their e-mail address'],
    // Apps would see another account in place of the member's, or the member in another account.
    [['user', 'change', 'erika', '--attribute', 'upn=x@example.org'], 'change their attribute upn'],
    [['user', 'change', 'erika', '--no-attribute', 'sid'], 'change their attribute sid'],
    [['factor', 'reset', 'erika', 'totp', '--yes'], 'reset their second factors'],
    [['pass', 'issue', 'erika', '--reason', 'phone stolen'], 'needs two operators'],
  ] as const) {
    const refused = await desk(args)
    assert.deepEqual([refused.code, refused.stdout], [1, ''])
    assert.match(refused.stderr, new RegExp(`^erika .*${act}`, 'm'))
  }
  const events = (await desk(['why', 'erika', '--json'])).stdout
  assert.doesNotMatch(events, /password_set|factor_reset|user_changed/)
  const renamed = ['--display-name', 'Erika Muster', '--email', 'erika@example.org']
  assert.equal((await desk(['user', 'change', 'erika', ...renamed])).code, 0)
  assert.equal((await desk(['user', 'set-password', 'max'])).code, 0)
  await desk(['user', 'group', 'remove', 'erika', 'board'])
  assert.equal((await desk(['user', 'set-password', 'erika'])).code, 0)
})

test('one operator alone cannot give another user a name that identifies a member of a two-people group', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  writeConfig(folder)
  const desk = (args: readonly string[]) => einlass([...args, '--config', 'einlass.yaml'])
  const names = ['--attribute', 'upn=Jürgen@corp.example.org', '--attribute', sidOf('erika')]
  await desk(['user', 'add', 'erika', '--email', 'erika@example.org', ...names])
  await desk(['user', 'add', 'max', '--email', 'max@example.org'])
  await desk(['user', 'group', 'add', 'erika', 'board'])
  const add = ['user', 'add', 'thief']
  const change = ['user', 'change', 'max']
  for (const args of [
    [...add, '--email', 'Erika@example.org'],
    [...add, '--attribute', 'employeeNumber=ERIKA'],
    ['user', 'add', 'jürgen@corp.example.org'.normalize('NFD')],
    [...change, '--email', 'erika@example.org'],
    [...change, '--attribute', sidOf('erika')],
    [...change, '--attribute', 'upn=JÜRGEN@corp.example.org'],
    [...change, '--attribute', 'samAccountName=erika'],
  ]) {
    const refused = await desk(args)
    assert.deepEqual([refused.code, refused.stdout], [1, ''], args.join(' '))
    assert.match(refused.stderr, /identifies a member of board .*einlass user group remove/)
  }
  writeFileSync(
    join(folder, 'people.csv'),
    `username,email,sid\nnora,erika@example.org,\nmax,,S-1-5-21-1-2-5\nerika,new@example.org,\n`,
  )
  const json = ['--json', '--with', 'attributes']
  for (const how of [[], ['--apply']]) {
    const done = await desk(['import', 'users', join(folder, 'people.csv'), ...how, ...json])
    assert.match(done.stdout, /"left_alone":\s*3/)
  }
  const list = (await desk(['user', 'list', '--json'])).json() as readonly { username: string }[]
  assert.deepEqual(
    list.map(({ username }) => username),
    ['erika', 'max'],
  )
  await desk(['user', 'group', 'remove', 'erika', 'board'])
  assert.equal((await desk([...change, '--attribute', sidOf('erika')])).code, 0)
})
