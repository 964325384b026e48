import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { defaultBrand } from '../../platform/ui/brand.ts'
import { createAuthenticatorFace } from './routes.ts'

const face = createAuthenticatorFace({
  brand: defaultBrand,
  publicUrl: 'https://login.example',
  config: {
    authenticator: { enabled: true, combined_totp: false, peers: ['https://peer.example'] },
  },
})
const send = (path: string, headers: Record<string, string> = {}) =>
  face.send({
    method: 'GET',
    url: `https://login.example${path}`,
    headers: new Headers(headers),
    body: null,
  })

test('the server compresses a script for browsers that accept gzip, and separates both forms by Vary', async () => {
  const page = String((await send('/authenticator')).body)
  const path = /src="([^"]+)"/.exec(page)?.[1] ?? ''
  const plain = await send(path)
  assert.equal(plain.headers['content-encoding'], undefined)
  const packed = await send(path, { 'accept-encoding': 'br, gzip' })
  assert.equal(packed.headers['content-encoding'], 'gzip')
  for (const { headers } of [plain, packed]) assert.equal(headers.vary, 'accept-encoding')
  assert.equal(gunzipSync(packed.body ?? '').toString(), plain.body)
  assert.ok((packed.body?.length ?? 0) * 3 < (plain.body?.length ?? 0))
})

test('the content security policy of the app allows only its own files and the configured servers', async () => {
  const { headers } = await send('/authenticator')
  const policy = headers['content-security-policy'] ?? ''
  assert.ok(policy.includes("default-src 'none'"))
  assert.ok(policy.includes("connect-src 'self' https://peer.example"))
  assert.ok(policy.includes("require-trusted-types-for 'script'"))
  assert.doesNotMatch(policy, /unsafe/)
  assert.equal(headers['cache-control'], 'no-cache')
})
