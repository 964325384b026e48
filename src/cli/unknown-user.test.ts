import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

test('a command for an unknown user names a similar user, if there is one', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika'])
  await einlass(['user', 'add', 'max', '--display-name', 'Erich Wolkenstein'])
  for (const [typed, meant] of [
    ['erica', ' Did you mean erika?'],
    ['Erikka', ' Did you mean erika?'],
    ['erichs', ''],
    ['er', ''],
    ['*', ''],
    ['zoe', ''],
  ] as const) {
    const { code, stderr } = await einlass(['user', 'show', typed])
    assert.deepEqual([code, stderr], [1, `There is no user "${typed}".${meant}\n`])
  }
})
