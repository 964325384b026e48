// Tokens that are bound to a certificate (RFC 8705) or to a key (DPoP, RFC 9449).
import assert from 'node:assert/strict'
import type { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import * as client from 'openid-client'
import { makeCertificate } from '../../../dev/test-support/make-certificate.ts'
import { openOptionsApp } from '../../../dev/test-support/options-app.ts'

test('the tokens of an app with certificate-bound tokens work only with its certificate (RFC 8705)', async (t) => {
  const own = makeCertificate().certificate
  const settings = {
    certificateThumbprint: own.fingerprint256,
    certificateBoundTokens: true,
  }
  const { signIn, config, erika, server } = await openOptionsApp(
    t,
    settings,
    client.TlsClientAuth(),
  )
  const encode = ({ raw }: X509Certificate) => `:${raw.toString('base64')}:`
  config[client.customFetch] = (url, { headers, ...init }) =>
    fetch(url, { ...init, headers: { ...headers, 'client-cert': encode(own) } } as RequestInit)
  const { access_token: token } = await signIn()
  const info = await client.fetchUserInfo(config, token, erika.id)
  assert.equal(info.sub, erika.id)
  const { cnf } = await client.tokenIntrospection(config, token)
  const digest = Buffer.from(own.fingerprint256.replaceAll(':', ''), 'hex')
  assert.deepEqual(cnf, { 'x5t#S256': digest.toString('base64url') })
  const authorization = `Bearer ${token}`
  const foreign = { 'client-cert': encode(makeCertificate().certificate) }
  for (const headers of [{ authorization }, { authorization, ...foreign }]) {
    assert.equal((await fetch(`${server.oidc.issuer}/me`, { headers })).status, 401)
  }
})

test('an app with DPoP cannot get a token without a proof, nor use a token with another key', async (t) => {
  const { signIn, config, erika, server } = await openOptionsApp(t, { requireDpop: true })
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  const tokens = await signIn({ DPoP })
  assert.equal(tokens.token_type, 'dpop')
  const { access_token: token } = tokens
  const info = await client.fetchUserInfo(config, token, erika.id, { DPoP })
  assert.equal(info.sub, erika.id)
  const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  await assert.rejects(client.fetchUserInfo(config, token, erika.id, { DPoP: other }))
  const bare = await fetch(`${server.oidc.issuer}/me`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  assert.equal(bare.status, 401)
  await assert.rejects(signIn(), { error: 'invalid_grant' })
})

test('of simultaneous requests with the same DPoP proof only one succeeds (A33)', async (t) => {
  const settings = { requireDpop: true, grants: ['client_credentials'] }
  const { signIn, config, erika } = await openOptionsApp(t, settings)
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  const { access_token: token } = await signIn({ DPoP })
  let sent: readonly [string, RequestInit] | undefined
  const asks = [
    () => client.fetchUserInfo(config, token, erika.id, { DPoP }),
    () => client.clientCredentialsGrant(config, {}, { DPoP }),
  ]
  for (const ask of asks) {
    config[client.customFetch] = async (url, init) => {
      sent = [url, init as RequestInit]
      throw new Error('not sent')
    }
    await assert.rejects(ask())
    const [url, init] = sent ?? assert.fail('no request')
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(url, init)))
    const statuses = answers.map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 200).length, 1, `${statuses}`)
    assert.ok([400, 401].includes((await fetch(url, init)).status))
  }
  // The proof was refused, and not the token.
  config[client.customFetch] = (url, init) => fetch(url, init as RequestInit)
  await client.fetchUserInfo(config, token, erika.id, { DPoP })
})
