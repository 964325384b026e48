// What an app still gets with an access token of a person who may no longer enter it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, ask, basic, bearer } from '../../../dev/test-support/oidc-answers.ts'
import { signInOn, startTestServer } from '../../../dev/test-support/oidc-server.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'

onEachEngine((engine) => {
  test(`an app that a person may no longer enter gets neither userinfo nor an active token (${engine.name})`, async (t) => {
    const scene = await signInOn(await startTestServer(t, await engine.open(t)))
    const { server, browser } = scene
    const ward = await server.addApp({
      id: 'ward',
      policy: { secondFactor: 'none' },
      settings: { redirectUris: ['http://127.0.0.1:1/ward'] },
    })
    const { access_token: token } = await ward.signIn(browser, { scope: 'openid profile' })
    const userinfo: Asked = { path: '/me', headers: bearer(token) }
    const form = [['token', token]] as const
    const introspection: Asked = { path: '/token/introspection', headers: basic(ward), form }
    for (const by of ['direct', 'library'] as const) {
      assert.equal((await ask(scene, userinfo, by)).status, 200)
      assert.equal((await ask(scene, introspection, by)).body.active, true)
    }
    await server.apps.change(server.db, 'ward', { policy: { allowedGroups: ['nurses'] } })
    for (const by of ['direct', 'library'] as const) {
      const refused = await ask(scene, userinfo, by)
      assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_token'])
      assert.deepEqual((await ask(scene, introspection, by)).body, { active: false })
    }
  })
})
