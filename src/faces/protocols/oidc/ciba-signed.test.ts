// Signed requests at a phone (OpenID Connect CIBA Core 1.0 section 7.1.1).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type JWTPayload, UnsecuredJWT } from 'jose'
import { openCibaStage } from '../../../dev/test-support/ciba-scene.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { signApproval } from '../../../dev/test-support/push-scene.ts'
import { addSigningApp, makeSigningKeys } from '../../../dev/test-support/signing-app.ts'
import type { OpenDatabase } from '../../../platform/storage/database.ts'
import { cibaGrant } from './client-options.ts'

async function open(t: TestContext, settings: object = {}, database?: OpenDatabase) {
  const stage = await openCibaStage(t, database === undefined ? {} : { database })
  const app = await addSigningApp(stage.server, { redirectUris: [], ciba: true, ...settings })
  const describe = (changed: JWTPayload = {}): JWTPayload => {
    const now = Math.floor(Date.now() / 1000)
    return {
      ...{ iss: 'app', aud: app.issuer, iat: now, nbf: now, exp: now + 300 },
      ...{ jti: crypto.randomUUID(), scope: 'openid', login_hint: 'erika' },
      ...changed,
    }
  }
  /** Resolves when the phone was asked. */
  const begin = async (fields: Readonly<Record<string, string>>) => {
    const answer = await app.post('/backchannel', fields)
    await stage.server.oidc.settled()
    return answer
  }
  return {
    ...stage,
    app,
    describe,
    begin,
    sign: (changed: JWTPayload = {}, alg = 'ES256') => app.keys.sign(describe(changed), { alg }),
    countAsked: async () => (await stage.listAsked()).length,
  }
}

onEachEngine(({ name, open: openEngine }) => {
  test(`an app asks a phone by a signed request, and once by each (${name})`, async (t) => {
    const { sign, begin, answer, app, countAsked } = await open(t, {}, await openEngine(t))
    const request = await sign({ binding_message: 'Beleg 4711' })
    // What is beside the object has no effect.
    const begun = await begin({ request, binding_message: 'x', login_hint: 'nobody' })
    assert.equal(begun.status, 200, JSON.stringify(begun.body))
    assert.equal(await countAsked(), 1)
    await answer(signApproval)
    const auth_req_id = String(begun.body.auth_req_id)
    const tokens = await app.post('/token', { grant_type: cibaGrant, auth_req_id })
    assert.equal(tokens.status, 200)
    const again = await begin({ request })
    assert.deepEqual([again.status, again.body.error], [400, 'invalid_request'])
    assert.equal(await countAsked(), 1)
    const next = await sign()
    const answers = await Promise.all(Array.from({ length: 4 }, () => begin({ request: next })))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  })
})

test('A32: a signed request at a phone is refused if anything of it is missing or wrong', async (t) => {
  const { sign, begin, describe, countAsked } = await open(t)
  const now = Math.floor(Date.now() / 1000)
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    iss: [undefined, 'till'],
    aud: [undefined, 'app'],
    exp: [undefined, now - 60, now + 8000],
    iat: [undefined],
    nbf: [undefined, now + 60, now - 8000],
    jti: [undefined, 5],
    sub: ['app'],
    client_id: ['till'],
    padding: ['x'.repeat(13_000)],
  }
  const requests: string[] = [
    new UnsecuredJWT(describe()).encode(),
    await makeSigningKeys().sign(describe(), { alg: 'ES256' }),
    await sign({}, 'RS512'),
  ]
  for (const [claim, values] of Object.entries(wrong)) {
    for (const value of values) requests.push(await sign({ [claim]: value }))
  }
  for (const [at, request] of requests.entries()) {
    const { status, body } = await begin({ request })
    assert.deepEqual([status, body.error], [400, 'invalid_request'], `${at}`)
  }
  assert.equal(await countAsked(), 0)
})

test('an app that signs all requests, and with one algorithm, does so at a phone too', async (t) => {
  const settings = { signedRequests: true, requestAlgorithm: 'PS256' }
  const { sign, begin, countAsked } = await open(t, settings)
  const refused = [
    await begin({ scope: 'openid', login_hint: 'erika' }),
    await begin({ request: await sign({}, 'ES256') }),
  ]
  for (const { status, body } of refused) {
    assert.deepEqual([status, body.error], [400, 'invalid_request'])
  }
  assert.equal(await countAsked(), 0)
  assert.equal((await begin({ request: await sign({}, 'PS256') })).status, 200)
  assert.equal(await countAsked(), 1)
})
