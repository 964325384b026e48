import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

test('an app behind a proxy is added with the proxies that may ask, as everybody else gets 403', async (t) => {
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
