import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { createTestClock } from '../../../dev/test-support/scene.ts'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import type { SigningKeys } from '../signing-keys.ts'
import type { Grant } from './grants.ts'
import { createIdentityTokens } from './identity-tokens.ts'

test('A43: an identity token is reused for a minute, and no longer after the clock is set back', async () => {
  const clock = createTestClock()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { kid: 'one', algorithm: 'ES256', privateKey: privateKey.export({ format: 'jwk' }) }
  const tokens = createIdentityTokens({
    clock,
    publicUrl: 'https://login.example',
    signingKeys: { find: async () => [key] } as unknown as SigningKeys,
  })
  const session = { id: 'ses_1', acr: 'a', lastSeenAt: 0 }
  const grant = { tokenHash: 'hash', decidedAt: 1, appId: 'wiki', session } as unknown as Grant
  const find = () => tokens.find(grant, { groups: [], headers: [], claims: { sub: 'erika' } })
  const first = await find()
  assert.equal(await find(), first)
  clock.pass(minutes(1))
  const second = await find()
  assert.notEqual(second, first)
  clock.pass(-hours(3))
  const third = await find()
  assert.notEqual(third, second)
})
