/** The module of `oidcc-config-certification-test-plan`: what the discovery document says. */
import assert from 'node:assert/strict'
import type { Metadata, Module, Suite } from './suite.ts'

const responseTypes = [
  ...['code', 'code id_token', 'id_token', 'token id_token', 'code id_token token', 'code token'],
]

function readList(metadata: Metadata, name: string): readonly string[] {
  const value = metadata[name]
  assert.ok(Array.isArray(value) && value.length > 0, `${name} is no list`)
  for (const one of value) assert.equal(typeof one, 'string', name)
  return value
}

function checkHttps(metadata: Metadata, name: string): void {
  const value = metadata[name]
  assert.ok(typeof value === 'string' && URL.canParse(value), `${name} is no address`)
  assert.equal(new URL(value).protocol, 'https:', name)
}

/** Whatever in the document is called an endpoint or an address has https. */
export function checkAllHttps(metadata: Metadata): void {
  for (const name of Object.keys(metadata)) {
    if (/(_endpoint|_uri|_iframe)$/.test(name)) checkHttps(metadata, name)
  }
}

/** RFC 7517, as far as a public key of a signer goes. */
async function checkKeys({ endpoint, send }: Suite): Promise<void> {
  const { status, body } = await send(endpoint('jwks_uri'))
  assert.equal(status, 200)
  const { keys } = JSON.parse(body)
  assert.ok(Array.isArray(keys) && keys.length > 0)
  const ids = keys.map(({ kid }) => kid)
  assert.equal(new Set(ids).size, ids.length, 'two keys have one kid')
  for (const key of keys) {
    assert.equal(typeof key.kid, 'string')
    assert.equal(typeof key.kty, 'string')
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) {
      assert.equal(secret in key, false, `a private key is published: ${secret}`)
    }
  }
}

const verification: Module = {
  name: 'oidcc-discovery-endpoint-verification',
  async run(suite) {
    const { metadata, issuer, discovery } = suite
    assert.match(discovery.headers.get('content-type') ?? '', /^application\/json/)
    const types = readList(metadata, 'response_types_supported')
    assert.ok(types.some((one) => responseTypes.includes(one)))
    assert.equal(metadata.issuer, issuer)
    const url = new URL(issuer)
    assert.ok(url.protocol === 'https:' && url.search === '' && url.hash === '')
    const subjects = readList(metadata, 'subject_types_supported')
    assert.ok(subjects.every((one) => ['public', 'pairwise'].includes(one)))
    assert.ok(readList(metadata, 'id_token_signing_alg_values_supported').includes('RS256'))
    if ('userinfo_signing_alg_values_supported' in metadata) {
      readList(metadata, 'userinfo_signing_alg_values_supported')
    }
    for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint']) {
      checkHttps(metadata, name)
    }
    checkHttps(metadata, 'jwks_uri')
    await checkKeys(suite)
    if ('grant_types_supported' in metadata) readList(metadata, 'grant_types_supported')
    const scopes = readList(metadata, 'scopes_supported')
    assert.ok(scopes.includes('openid'))
    for (const scope of scopes) assert.match(scope, /^[\x21\x23-\x5b\x5d-\x7e]+$/)
    for (const name of ['ui_locales_supported', 'claims_locales_supported']) {
      if (!(name in metadata)) continue
      for (const locale of readList(metadata, name)) Intl.getCanonicalLocales(locale)
    }
    checkAllHttps(metadata)
    if ('code_challenge_methods_supported' in metadata) {
      readList(metadata, 'code_challenge_methods_supported')
    }
    suite.warnUnless(Array.isArray(metadata.claims_supported), 'claims_supported is missing')
  },
}

export const configModules: readonly Module[] = [verification]
