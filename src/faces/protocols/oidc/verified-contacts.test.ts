// Apps link accounts by addresses, so what is not certain must not read as verified, whichever answer says it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, bearer } from '../../../dev/test-support/oidc-answers.ts'
import { signInOn, startTestServer } from '../../../dev/test-support/oidc-server.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createProvisioningTokens } from '../../../identity/provisioning/tokens.ts'
import { changeAttributes } from '../../../identity/users/local/attributes.ts'

const attributes = new Map([
  ['phone', ['+49 30 1234567']],
  ['otherMail', ['ceo@x.test']],
  ['room', ['+49 30 0']],
])

const cases = [
  { managedBy: null, email: 'erika@x.test', expected: [true, true, true, true] },
  { managedBy: 'directory:corp', email: 'erika@X.test', expected: [true, true, false, false] },
  { managedBy: 'directory:corp', email: 'ceo@y.test', expected: [false, true, false, false] },
  { managedBy: 'directory:partners', email: 'ceo@x.test', expected: [false, false, false, false] },
  { managedBy: 'directory:gone', email: 'ceo@x.test', expected: [false, false, false, false] },
  { managedBy: 'scim:entra', email: 'erika@x.test', expected: [true, true, false, false] },
  { managedBy: 'scim:other', email: 'erika@x.test', expected: [false, false, false, false] },
] as const

onEachEngine((engine) => {
  test(`addresses and numbers are verified only if their source is trusted for them, equally in all answers (${engine.name})`, async (t) => {
    const scene = await signInOn(await startTestServer(t, await engine.open(t)))
    const { server, erika, browser } = scene
    const { db } = server
    await changeAttributes(db, erika.id, attributes)
    await createProvisioningTokens(server).create(
      db,
      {
        ...{ source: 'entra', networks: [], takesOver: false },
        ...{ verifiedMailDomains: ['x.test'], verifiesPhoneNumbers: true },
      },
      'cli:alice',
    )
    const add = (id: string, claims: object) =>
      server.addApp({ id, settings: { redirectUris: [`http://127.0.0.1:1/${id}`], claims } })
    const plain = await add('plain', {})
    const mapped = await add('mapped', {
      ...{ email: 'attribute:otherMail', phone_number: 'attribute:room' },
    })
    for (const { managedBy, email, expected } of cases) {
      await db.updateTable('users').set({ managed_by: managedBy, email }).execute()
      const said: unknown[] = []
      for (const app of [plain, mapped]) {
        const tokens = await app.signIn(browser, { scope: 'openid email phone' })
        const headers = bearer(tokens.access_token)
        const direct = await ask(scene, { path: '/me', headers }, 'direct')
        const library = await ask(scene, { path: '/me', headers }, 'library')
        assert.equal(direct.by, 'direct')
        assert.deepEqual(direct.body, library.body)
        const { email_verified, phone_number_verified } = direct.body
        const { email_verified: inToken, phone_number_verified: numberInToken } =
          tokens.claims() ?? assert.fail('no ID token')
        assert.deepEqual([inToken, numberInToken], [email_verified, phone_number_verified])
        said.push(email_verified, phone_number_verified)
      }
      assert.deepEqual(said, expected, `${managedBy} ${email}`)
    }
  })
})

onEachEngine((engine) => {
  test(`an app that accepts only verified addresses gets no unverified address (${engine.name})`, async (t) => {
    const { server, browser } = await signInOn(await startTestServer(t, await engine.open(t)))
    const app = await server.addApp({
      id: 'app',
      settings: {
        redirectUris: ['http://127.0.0.1:1/app'],
        claims: { email: 'verifiedEmail', mail: 'verifiedEmail' },
      },
    })
    for (const { managedBy, email, expected } of cases.slice(0, 5)) {
      await server.db.updateTable('users').set({ managed_by: managedBy, email }).execute()
      const claims = (await app.signIn(browser, { scope: 'openid email' })).claims()
      const [isVerified] = expected
      assert.deepEqual(
        [claims?.email, claims?.mail, claims?.email_verified],
        isVerified ? [email, email, true] : [undefined, undefined, undefined],
      )
    }
  })
})
