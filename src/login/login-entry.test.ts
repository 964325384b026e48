/** Logins of people who may not enter the app that they came from. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../dev/test-support/login.ts'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { office } from '../dev/test-support/scene.ts'
import { connectPhone, openTab } from '../dev/test-support/tab.ts'
import { acrPassword } from '../identity/policy/assurance.ts'
import { addToGroup } from '../identity/users/groups.ts'

onEachEngine((engine) => {
  test(`a user who may not enter an app is not asked to verify or enrol a factor for it (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    t.after(() => login.settle())
    const policy = { secondFactor: 'required' as const, skips: 0, decline: false }
    await login.apps.create(db, {
      ...{ id: 'vault', name: 'Vault', policy: { ...policy, allowedGroups: ['board'] } },
      settings: { redirectUris: ['https://vault.example/'] },
    })
    await login.addApp('mail', policy)
    const [erika, otto] = [await login.addUser('erika'), await login.addUser('otto')]
    await connectPhone(login, login.createPhone('pixel'), { username: 'erika', appId: 'mail' })
    for (const { username, id } of [erika, otto]) {
      const view = await openTab(login, office).begin({ username, appId: 'vault' })
      assert.ok(view.type === 'finished', `${username} was asked for more`)
      const session = await login.sessions.find(view.token)
      assert.equal(session?.acr, acrPassword)
      const app = await login.apps.find(db, 'vault')
      assert.ok(app && session)
      const decide = () => login.gate.decide({ app, session, returnTo: '/' })
      assert.equal((await decide()).type, 'refused')
      assert.equal(await login.findNextJourney(session, { appId: 'vault', returnTo: '/' }), 'enter')
      await addToGroup(db, id, 'board')
      assert.equal((await decide()).type, 'login')
      const asked = await openTab(login, office).begin({ username, appId: 'vault' })
      assert.equal(asked.type, 'page')
    }
  })
})
