/** Settings as an operator types them, beyond what every app has. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

const redirect = ['--redirect-uri', 'https://cloud.example.org/callback']

test('PKCE can be optional for an app with a secret, as the list shows, but not for a public app', async (t) => {
  const { einlass } = await openTerminal(t)
  const optional = ['--pkce', 'optional']
  const open = await einlass(['app', 'add', 'spa', '--public', ...redirect, ...optional])
  assert.equal(open.code, 64)
  assert.match(open.stderr, /--pkce\n {2}found: {3}"optional"\n {2}allowed: required for an app w/)
  await einlass(['app', 'add', 'old', ...redirect, ...optional])
  await einlass(['app', 'add', 'new', ...redirect, '--signing-algorithm', 'ES256'])
  const list = (await einlass(['app', 'list'])).stdout
  assert.match(list, /PKCE .*REDIRECT URIS/)
  assert.match(list, /^old .* optional +https:/m)
  assert.match(list, /^new .* required +https:/m)
  const wrong = await einlass(['app', 'change', 'new', '--signing-algorithm', 'HS256'])
  assert.match(
    wrong.stderr,
    /--signing-algorithm\n {2}found: {3}"HS256"\n {2}allowed: RS256, ES256/,
  )
  assert.equal((await einlass(['app', 'change', 'old', '--no-pkce'])).code, 0)
  assert.match((await einlass(['app', 'list'])).stdout, /^old .* required +https:/m)
})

test('an app with only CIBA or client credentials needs no redirect address, and CIBA can be turned on and off', async (t) => {
  const { einlass } = await openTerminal(t)
  const nothing = await einlass(['app', 'add', 'till'])
  assert.equal(nothing.code, 64)
  assert.match(
    nothing.stderr,
    /--redirect-uri\n {2}found: {3}nothing\n {2}allowed: at least one address, or an app with --ciba/,
  )
  const open = await einlass(['app', 'add', 'till', '--ciba', '--public'])
  assert.match(open.stderr, /--ciba\n {2}allowed: not with --public/)
  assert.doesNotMatch(open.stderr, /--grant/)
  const added = await einlass(['app', 'add', 'till', '--ciba'])
  assert.equal(added.code, 0)
  assert.match(added.stdout, /only phones that verify their user are asked/)
  assert.match(added.stdout, /einlass app change till --second-factor none/)
  const asksOne = ['app', 'add', 'kiosk', '--ciba', '--second-factor', 'none']
  assert.doesNotMatch((await einlass(asksOne)).stdout, /only phones/)
  assert.equal((await einlass(['app', 'add', 'job', '--grant', 'client_credentials'])).code, 0)
  assert.match((await einlass(['app', 'export', 'till'])).stdout, /ciba: true/)
  assert.equal((await einlass(['app', 'change', 'till', '--no-ciba', ...redirect])).code, 0)
  assert.doesNotMatch((await einlass(['app', 'export', 'till'])).stdout, /ciba/)
})
