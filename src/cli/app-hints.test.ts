import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

test('adding an app behind a proxy names the trusted proxies, or warns that all users get 403', async (t) => {
  const { einlass } = await openTerminal(t)
  const add = (id: string, env: Record<string, string>) => {
    const address = ['--protected-address', `https://${id}.example.org`]
    return einlass(['app', 'add', id, '--protocol', 'forward-auth', ...address], { env })
  }
  const { stdout: none } = await add('intra', {})
  assert.match(none, /trusted_proxies names no proxy yet: .* restart .* everybody gets 403/)
  const { stdout: named } = await add('wiki', { EINLASS_TRUSTED_PROXIES: '192.0.2.7' })
  assert.match(named, /The proxy of this app has to be one of trusted_proxies \(192\.0\.2\.7/)
})

test('a change lists the differences and gives hints for the options that were used', async (t) => {
  const { einlass } = await openTerminal(t)
  const address = 'https://till.example.org/callback'
  await einlass(['app', 'add', 'till', '--redirect-uri', address])
  const change = async (...typed: string[]) =>
    (await einlass(['app', 'change', 'till', ...typed])).stdout
  const moved = await change('--redirect-uri', `${address}2`, '--second-factor', 'required')
  for (const line of [`removed ${address}`, `added ${address}2`]) {
    assert.ok(moved.includes(`redirectUris: ${line}\n`), moved)
  }
  assert.match(moved, /^secondFactor: default → required$/m)
  assert.match(await change('--redirect-uri', `${address}2`), /^Nothing is different\.$/m)
  assert.match(await change('--ciba'), /only phones that verify their user are asked/)
  assert.doesNotMatch(await change('--name', 'Till'), /only phones/)
})
