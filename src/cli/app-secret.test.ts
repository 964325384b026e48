import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

const redirect = ['--redirect-uri', 'https://cloud.example.org/callback']

test('a new secret can leave the earlier one valid for a given time, and --end-old-secret ends it', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'cloud', ...redirect])
  const both = await einlass(['app', 'change', 'cloud', '--new-secret', '--keep-old-secret', '7d'])
  assert.equal(both.code, 0, both.stderr)
  assert.match(both.stdout, /The earlier one is valid for 7d more; --end-old-secret ends it\./)
  const end = () => einlass(['app', 'change', 'cloud', '--end-old-secret'])
  assert.match((await end()).stdout, /^The earlier secret is void now\.$/m)
  assert.match((await end()).stdout, /^There is no earlier secret\.$/m)
  const gone = await einlass(['app', 'change', 'cloud', '--new-secret'])
  assert.match(gone.stdout, /The earlier one is void now\./)
})

test('--keep-old-secret is refused without a new secret, above 90 days, or with an invalid duration', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'cloud', ...redirect])
  for (const more of [['7d'], ['91d', '--new-secret'], ['soon', '--new-secret']]) {
    const [duration = '', ...others] = more
    const change = ['app', 'change', 'cloud', '--keep-old-secret', duration, ...others]
    const { code, stderr } = await einlass(change)
    assert.equal(code, 64)
    assert.match(stderr, /--keep-old-secret\n {2}found: {3}"/)
  }
})
