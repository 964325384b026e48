import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../../../dev/test-support/oidc-server.ts'
import { createRefusals } from './refusals.ts'

test('refusals are counted by their error, and an unknown one has no label of its own', async () => {
  const refusals = createRefusals()
  for (const error of ['invalid_grant', 'invalid_grant', 'x', 'constructor']) refusals.count(error)
  const samples = await refusals.metric.read()
  const read = (error: string) => samples.find(({ labels }) => labels.error === error)?.value
  assert.deepEqual([read('invalid_grant'), read('other'), read('slow_down')], [2, 2, 0])
  assert.equal(read('x'), undefined)
})

test('what each endpoint refuses is counted', async (t) => {
  const server = await start(t)
  const read = async (error: string) => {
    const samples = await server.refusals.metric.read()
    return samples.find(({ labels }) => labels.error === error)?.value
  }
  const post = (path: string, fields: Record<string, string>) =>
    fetch(`${server.oidc.issuer}${path}`, { method: 'POST', body: new URLSearchParams(fields) })
  for (const path of ['/token', '/request', '/token/introspection', '/token/revocation']) {
    await post(path, { client_id: 'nobody', client_secret: 'x', grant_type: 'authorization_code' })
  }
  assert.equal(await read('invalid_client'), 4)
  await fetch(`${server.oidc.issuer}/auth?client_id=nobody`)
  assert.equal(await read('invalid_client'), 5)
  await fetch(`${server.oidc.issuer}/me`, { headers: { Authorization: 'Bearer x' } })
  assert.equal(await read('invalid_token'), 1)
})
