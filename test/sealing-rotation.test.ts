/**
 * The key that seals secrets is rotated again and again under a load of complete logins on two nodes, and nobody notices. Each login
 * needs sealed values: the secret of the app, and the keys that sign its tokens.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logInToApp, people, startTwoNodes } from './support/two-nodes.ts'

const rotations = 3

interface Listed {
  readonly id: string
  readonly state: string
  readonly values: readonly { readonly table: string }[]
}

test(`no login fails while the sealing key of two nodes is rotated ${rotations} times`, {
  timeout: 180_000,
}, async (t) => {
  const { installation, processes, secret } = await startTwoNodes(t, 'nginx')
  const failures: string[] = []
  let logins = 0
  let isOver = false
  async function logInAgain(username: string): Promise<void> {
    while (!isOver) {
      logins += 1
      await logInToApp(installation, username, secret).catch((error: unknown) => {
        failures.push(`${new Date().toISOString()} ${error} ${(error as Error).cause ?? ''}`)
      })
    }
  }
  const crowd = Array.from({ length: people }, (_, index) => logInAgain(`user${index}`))
  const sealing = ['--purpose', 'sealing']
  for (let turn = 0; turn < rotations; turn += 1) {
    assert.match(await installation.command(['keys', 'rotate', ...sealing]), / seals from now on/)
  }
  isOver = true
  await Promise.all(crowd)
  t.diagnostic(`note: ${logins} logins, ${rotations} rotations, ${failures.length} failed`)
  assert.deepEqual(failures, [])
  assert.ok(logins > people)
  const listed = await installation.command(['keys', 'list', ...sealing, '--json'])
  const keys: readonly Listed[] = JSON.parse(listed)
  assert.deepEqual(
    keys.map(({ state }) => state),
    ['seals', ...Array.from({ length: rotations }, () => 'earlier')],
  )
  for (const { state, values } of keys) assert.equal(values.length > 0, state === 'seals')
  const [newest] = keys
  for (const { output } of processes) {
    assert.match(output(), new RegExp(`"key":"${newest?.id}".*another key seals from now on`))
  }
  assert.equal(await installation.command(['keys', 'check']), 'Every sealed value opens.\n')
})
