import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { createUsers } from '../identity/users/users.ts'
import { systemClock } from '../platform/kernel/clock.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { systemRandom } from '../platform/kernel/random.ts'
import { openDatabase } from '../platform/storage/open.ts'
import { transact } from '../platform/storage/transact.ts'

test('user list --search finds users by name', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika', '--display-name', 'Erika \u001b[31m Muster'])
  await einlass(['user', 'add', 'bob'])
  const { stdout } = await einlass(['user', 'list', '--search', 'muster'])
  assert.match(stdout, /erika/)
  assert.ok(!stdout.includes('bob') && !stdout.includes('\u001b'))
  const within = await einlass(['user', 'list', '--search', '*uste'])
  assert.match(within.stdout, /erika/)
  const none = await einlass(['user', 'list', '--search', 'nobody'])
  assert.match(none.stdout, /^USER .*STATE\n$/)
})

test('user list shows pages with --limit and --after', async (t) => {
  const { einlass } = await openTerminal(t)
  for (const name of ['erika', 'bob', 'max']) await einlass(['user', 'add', name])
  await einlass(['user', 'group', 'add', 'erika', 'staff'])
  const list = async (...options: string[]) => {
    const found = (await einlass(['user', 'list', '--json', ...options])).json()
    return (found as { username: string; groups: string[] }[]).map((user) => [
      user.username,
      ...user.groups,
    ])
  }
  assert.deepEqual(await list(), [['bob'], ['erika', 'staff'], ['max']])
  assert.deepEqual(await list('--limit', '2'), [['bob'], ['erika', 'staff']])
  assert.deepEqual(await list('--limit', '2', '--after', 'Erika'), [['max']])
  assert.deepEqual(await list('--after', 'max'), [])
  const some = ['--search', '*a']
  assert.deepEqual(await list(...some), [['erika', 'staff'], ['max']])
  assert.deepEqual(await list(...some, '--limit', '1'), [['erika', 'staff']])
  assert.deepEqual(await list(...some, '--after', 'ERIKA'), [['max']])
  for (const wrong of ['0', 'x', '1.5', ''])
    assert.equal((await einlass(['user', 'list', '--limit', wrong])).code, 64, wrong)
})

test('the list shows the origin of users, and can be limited to one directory', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  for (const name of ['erika', 'bob', 'max']) await einlass(['user', 'add', name])
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const manage = (name: string, managed_by: string) =>
    db.updateTable('users').set({ managed_by }).where('username', '=', name).execute()
  await manage('bob', 'directory:corp')
  await manage('max', 'scim:entra')
  const { stdout } = await einlass(['user', 'list'])
  assert.match(stdout, /^bob .* corp /m)
  assert.match(stdout, /^max .* SCIM: entra /m)
  const list = async (name: string) =>
    (
      (await einlass(['user', 'list', '--json', '--directory', name])).json() as {
        username: string
        managedBy: string | null
      }[]
    ).map((one) => [one.username, one.managedBy])
  assert.deepEqual(await list('corp'), [['bob', 'directory:corp']])
  assert.deepEqual(await list('local'), [['erika', null]])
  assert.deepEqual(await list('nowhere'), [])
})

test('many users are listed in batches, each user once, as a table and as one array', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const storage = { type: 'sqlite', file: join(folder, 'einlass.db') } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const parts = { clock: systemClock, random: systemRandom }
  const store = createUsers(parts)
  await transact(db, async (tx) => {
    for (let index = 0; index < 1_200; index += 1)
      await store.create(tx, { username: `user${index}`, displayName: 'X' })
  })
  const names = Array.from({ length: 1_200 }, (_, index) => `user${index}`).toSorted()
  const { stdout } = await einlass(['user', 'list'])
  const lines = stdout.trimEnd().split('\n')
  assert.match(lines[0] ?? '', /^USER +NAME/)
  assert.deepEqual(
    lines.slice(1).map((line) => line.split(' ', 1)[0]),
    names,
  )
  const listed = (await einlass(['user', 'list', '--json'])).json() as { username: string }[]
  assert.deepEqual(
    listed.map(({ username }) => username),
    names,
  )
  const some = (await einlass(['user', 'list', '--json', '--limit', '501'])).json() as unknown[]
  assert.equal(some.length, 501)
  const found = (
    await einlass(['user', 'list', '--json', '--search', 'user11'])
  ).json() as unknown[]
  assert.equal(found.length, 111)
})

test('the list without users is only a header line, or an empty array', async (t) => {
  const { einlass } = await openTerminal(t)
  assert.match((await einlass(['user', 'list'])).stdout, /^USER .*STATE\n$/)
  assert.deepEqual((await einlass(['user', 'list', '--json'])).json(), [])
})
