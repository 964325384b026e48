import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

test('the list can be searched', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika', '--display-name', 'Erika \u001b[31m Muster'])
  await einlass(['user', 'add', 'bob'])
  const { stdout } = await einlass(['user', 'list', '--search', 'muster'])
  assert.match(stdout, /erika/)
  assert.ok(!stdout.includes('bob') && !stdout.includes('\u001b'))
  const within = await einlass(['user', 'list', '--search', '*uste'])
  assert.match(within.stdout, /erika/)
})

test('the list has pages', async (t) => {
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
  for (const wrong of ['0', 'x', '1.5', ''])
    assert.equal((await einlass(['user', 'list', '--limit', wrong])).code, 64, wrong)
})
