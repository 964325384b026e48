import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from 'openid-client'
import { startSignedIn } from '../../../dev/test-support/oidc-server.ts'
import { hours, minutes } from '../../../platform/kernel/clock.ts'
import { createKeyOperations } from '../key-operations.ts'

const operator = { type: 'administrator', name: 'cli:alice' } as const

test('a running server signs with the next key, and still accepts a token of the earlier key', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { server, browser, login } = await startSignedIn(t)
  const mail = await server.addApp({ id: 'mail' })
  const first = await mail.signIn(browser)
  const readKeys = async () => await (await fetch(`${server.oidc.issuer}/jwks`)).text()
  const before = [await readKeys(), await readKeys()]
  assert.equal(before[0], before[1])
  const options = { ...server, publicUrl: server.origin, longestUse: hours(12) }
  const operations = createKeyOperations(options)
  await operations.rotateKeys(operator, { purpose: 'oidc', atOnce: true })
  t.mock.timers.tick(minutes(2))
  const second = await mail.signIn(browser)
  const earlier = readKid(first.id_token)
  const next = readKid(second.id_token)
  assert.notEqual(next, earlier)
  const jwks: { keys: JsonWebKey[] } = JSON.parse(await readKeys())
  assert.equal(await readKeys(), JSON.stringify(jwks), 'and the same bytes again')
  assert.equal(jwks.keys.length, 4)
  const published = jwks.keys.map((key) => (key as { kid?: string }).kid)
  assert.ok(published.includes(earlier) && published.includes(next))
  for (const key of jwks.keys) assert.ok(!('d' in key) && !('p' in key))
  const url = client.buildEndSessionUrl(mail.config, { id_token_hint: first.id_token ?? '' })
  assert.equal((await browser.fetch(url)).status, 303)
  assert.equal(await server.sessions.findById(login), undefined)
})

function readKid(token: string | undefined): string {
  const [header = ''] = (token ?? '').split('.')
  return JSON.parse(Buffer.from(header, 'base64url').toString()).kid
}
