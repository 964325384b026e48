/** An app with a profile: added, changed, and what no change takes away unnoticed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { makeSigningKeys } from '../dev/test-support/signing-app.ts'

const redirect = ['--redirect-uri', 'https://broker.example.org/callback']
const fapi = ['--profile', 'fapi2']
/** What a change says when the profile puts back what this option takes away. */
const heldText = (option: string) =>
  new RegExp(`^${option.replace('no-', '')} stays: --profile fapi2 holds it`, 'm')
const keys = ['--jwks', makeSigningKeys().jwks]

test('an app with the profile fapi2 has keys or a certificate, and is told what it must do', async (t) => {
  const { einlass } = await openTerminal(t)
  const secret = await einlass(['app', 'add', 'broker', ...redirect, ...fapi])
  assert.equal(secret.code, 64)
  assert.match(
    secret.stderr,
    /--profile\n {2}found: {3}"fapi2"\n {2}allowed: fapi2 for an app with/,
  )
  const weak = ['--signing-algorithm', 'RS256', '--pkce', 'optional']
  const contradictory = await einlass([
    'app',
    'add',
    'broker',
    ...redirect,
    ...fapi,
    ...keys,
    ...weak,
  ])
  assert.match(contradictory.stderr, /--signing-algorithm\n.*"RS256"\n.*ES256 with --profile fapi2/)
  assert.match(contradictory.stderr, /--pkce\n.*"optional"\n.*required with --profile fapi2/)
  const other = await einlass(['app', 'add', 'broker', ...redirect, '--profile', 'fapi1'])
  assert.match(other.stderr, /--profile\n {2}found: {3}"fapi1"\n {2}allowed: fapi2/)
  const added = await einlass(['app', 'add', 'broker', ...redirect, ...fapi, ...keys])
  assert.equal(added.code, 0, added.stderr)
  assert.match(
    added.stdout,
    /pushes its requests, its tokens are bound to a key of its own \(DPoP\)/,
  )
  assert.doesNotMatch(added.stdout, /client_secret/)
  const { stdout } = await einlass(['app', 'export', 'broker'])
  for (const line of ['profile: fapi2', 'require_par: true', 'require_dpop: true']) {
    assert.match(stdout, new RegExp(line))
  }
  assert.match(stdout, /signing_algorithm: ES256/)
  const certificate = ['--certificate-host', 'broker.example.org', '--certificate-bound-tokens']
  const byCertificate = await einlass(['app', 'add', 'bank', ...redirect, ...fapi, ...certificate])
  assert.match(byCertificate.stdout, /bound to its certificate/)
  assert.match(byCertificate.stdout, /oidc\.client_certificate_header/)
})

test('no change weakens an app with the profile, unless it takes the profile away', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'broker', ...redirect, ...fapi, ...keys])
  const refused = [
    ['--signing-algorithm', 'RS256'],
    ['--pkce', 'optional'],
    ['--assertion-audience', 'endpoint'],
    ['--request-algorithm', 'RS256'],
    ['--signed-userinfo', 'RS256'],
    ['--grant', 'device_code'],
    ['--application-type', 'native'],
    ['--no-jwks'],
  ]
  for (const options of refused) {
    const { code, stderr } = await einlass(['app', 'change', 'broker', ...options])
    assert.equal(code, 64, options.join(' '))
    assert.match(stderr, /fapi2/, options.join(' '))
  }
  const before = (await einlass(['app', 'export', 'broker'])).stdout
  for (const option of ['--no-require-par', '--no-require-dpop', '--no-signing-algorithm']) {
    const same = await einlass(['app', 'change', 'broker', option])
    assert.match(same.stdout, heldText(option), option)
    assert.doesNotMatch(same.stdout, /Nothing is different/, option)
  }
  assert.equal((await einlass(['app', 'export', 'broker'])).stdout, before)
  const free = await einlass(['app', 'change', 'broker', '--no-profile'])
  assert.match(free.stdout, /profile/)
  const after = (await einlass(['app', 'export', 'broker'])).stdout
  assert.doesNotMatch(after, /profile: fapi2/)
  for (const line of ['require_par: true', 'require_dpop: true', 'signing_algorithm: ES256']) {
    assert.match(after, new RegExp(line))
  }
})

test('a change says which options the profile holds, beside what it did change', async (t) => {
  const { einlass } = await openTerminal(t)
  const certificate = ['--certificate-host', 'broker.example.org', '--certificate-bound-tokens']
  await einlass(['app', 'add', 'broker', ...redirect, ...fapi, ...certificate, '--require-dpop'])
  const change = ['app', 'change', 'broker', '--no-require-par', '--no-require-dpop', '--json']
  const { changes, warnings = [] } = (await einlass(change)).json() as {
    readonly changes: readonly string[]
    readonly warnings?: readonly string[]
  }
  assert.match(changes.join(), /requireDpop/)
  assert.equal(warnings.length, 1)
  assert.match(warnings.join(), heldText('--no-require-par'))
  const free = await einlass(['app', 'change', 'broker', '--no-profile', '--no-require-par'])
  assert.doesNotMatch(free.stdout, /holds it/)
  const again = await einlass(['app', 'change', 'broker', '--no-require-par'])
  assert.match(again.stdout, /^Nothing is different\.$/m)
})

test('an app that exists gets the profile when nothing of it contradicts', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'broker', ...redirect])
  const change = ['app', 'change', 'broker', ...fapi, ...keys]
  const early = await einlass(change)
  assert.equal(early.code, 64)
  assert.match(early.stderr, /--signing-algorithm\n.*\n.*ES256 with --profile fapi2/)
  const { code, stdout } = await einlass([...change, '--signing-algorithm', 'ES256'])
  assert.equal(code, 0)
  assert.match(stdout, /require_dpop|require-dpop|requireDpop/i)
})

test('a file of apps that leaves the profile out says so before and when it is applied', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'broker', ...redirect, ...fapi, ...keys])
  const { stdout: file } = await einlass(['app', 'export', 'broker'])
  const without = file.replace(/^ *profile: fapi2\n/m, '')
  assert.notEqual(without, file)
  const same = await einlass(['app', 'apply', '-'], { stdin: file })
  assert.match(same.stdout, /1 unchanged/)
  const plan = await einlass(['app', 'apply', '-', '--dry-run'], { stdin: without })
  assert.match(plan.stdout, /profile.*fapi2/)
  const weak = file.replace('signing_algorithm: ES256', 'signing_algorithm: RS256')
  const refused = await einlass(['app', 'apply', '-'], { stdin: weak })
  assert.notEqual(refused.code, 0)
  assert.match(refused.stderr, /ES256 with --profile fapi2/)
})
