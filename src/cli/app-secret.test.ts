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

test('a new secret and the end of the earlier one have audit events without the secret', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'cloud', ...redirect])
  const change = (...options: string[]) => einlass(['app', 'change', 'cloud', ...options, '--json'])
  const renewed = await change('--new-secret', '--keep-old-secret', '7d')
  const { client_secret: secret } = renewed.json() as { client_secret: string }
  await change('--end-old-secret')
  const { stdout } = await einlass(['audit', 'list', '--json'])
  const events = stdout.trim().split('\n').slice(1)
  const found = events.map((line) => JSON.parse(line) as { type: string; data: object })
  assert.partialDeepStrictEqual(
    found.map(({ type, data }) => ({ type, ...data })),
    [
      { type: 'app_secret_renewed', appId: 'cloud' },
      { type: 'app_earlier_secret_ended', appId: 'cloud' },
    ],
  )
  for (const { data } of found) assert.match(JSON.stringify(data), /"by":"cli:/)
  assert.ok(!stdout.includes(secret))
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
