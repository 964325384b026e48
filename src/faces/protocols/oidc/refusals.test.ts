import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../../../dev/test-support/oidc-server.ts'
import { readAudit } from '../../../identity/audit/chain.ts'

test('refusals of each endpoint are counted, and the audit log has the first one and the number of the others', async (t) => {
  const server = await start(t)
  const read = async (reason: string) => {
    const samples = await server.refusals.metric.read()
    return samples.find(({ labels }) => labels.protocol === 'oidc' && labels.reason === reason)
      ?.value
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
  await server.refusals.flush({ all: true })
  const facts = { protocol: 'oidc', reason: 'invalid_client', appId: null }
  assert.deepEqual(
    (await readAudit(server.db, { limit: 10 })).map(({ type, data }) => ({ type, data })),
    [
      { type: 'app_request_refused', data: facts },
      { type: 'app_request_refused', data: { ...facts, times: 4 } },
    ],
  )
})
