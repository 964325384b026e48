import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

test('an app is shown the addresses that it uses', async (t) => {
  const { einlass } = await openTerminal(t)
  const env = { EINLASS_PUBLIC_URL: 'https://login.example.org' }
  const names = async (id: string, ...options: string[]) => {
    return Object.keys(
      (await einlass(['app', 'add', id, ...options, '--json'], { env })).json() ?? {},
    )
  }
  const device = await names('tv', '--grant', 'device_code')
  assert.ok(device.includes('device'))
  assert.ok(!device.includes('authorization') && !device.includes('end_session'))
  const till = await names('till', '--ciba')
  assert.ok(till.includes('backchannel') && !till.includes('device'))
  const { stdout } = await einlass(['app', 'show', 'tv'], { env })
  assert.match(stdout, /device: +https:\/\/login\.example\.org\/oidc\/device\/auth$/m)
})
