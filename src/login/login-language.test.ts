/** The language in which a user is written to: that of the last login. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../dev/test-support/login.ts'
import { onEachEngine } from '../dev/test-support/on-each-engine.ts'
import { office } from '../dev/test-support/scene.ts'
import { openTab } from '../dev/test-support/tab.ts'

onEachEngine((engine) => {
  test(`a login in another language than the last login changes the language of the user (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    const { id } = await login.addUser('erika')
    await login.addApp('open', { secondFactor: 'none', skips: 0, decline: false })
    for (const language of ['de', 'de', 'en', 'en', 'de'] as const) {
      const tab = openTab(login, { ...office, language }, `browser ${language}`)
      const view = await tab.begin({ username: 'erika', appId: 'open' })
      assert.equal(view.type, 'finished')
      assert.equal((await login.users.find(db, id))?.language, language)
    }
  })

  test(`a login in the language of the user does not write the language again (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    const { id } = await login.addUser('erika')
    await login.addApp('offers', { secondFactor: 'optional', skips: 3, decline: false })
    await login.users.noteLanguage(db, id, 'de')
    const tab = openTab(login, { ...office, language: 'de' })
    await tab.begin({ username: 'erika', appId: 'offers' })
    // Seen only where nothing is written at the end.
    await login.users.noteLanguage(db, id, 'en')
    assert.equal((await tab.answer({ action: 'skip' })).type, 'finished')
    assert.equal((await login.users.find(db, id))?.language, 'en')
  })
})
