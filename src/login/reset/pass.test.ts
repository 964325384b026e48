/** The phone and the password are lost: one call, and one code of the service desk for the link and the login after it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config, instantHasher } from '../../dev/test-support/login.ts'
import { alice, order } from '../../dev/test-support/lost-phone-scene.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { answer, createResetScene, openLink, twice } from '../../dev/test-support/reset-scene.ts'
import { connectPhone, openTab } from '../../dev/test-support/tab.ts'
import type { Database } from '../../platform/storage/database.ts'
import { openPasses } from '../factors/index.ts'

async function setUp(db: Database) {
  const scene = await createResetScene(db, { config })
  await scene.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
  await connectPhone(scene, scene.createPhone('Old'), { username: 'erika', appId: 'mail' })
  const { authenticators } = scene.factors
  const passes = openPasses({
    ...{ ...scene, db, authenticators, hasher: instantHasher },
    config: { ...config, service_desk: { ...config.service_desk, pass: 'once' } },
  })
  return {
    ...scene,
    issuePass: async () => (await passes.issue(alice, 'erika', order)).code,
    isPassValid: async () => (await passes.list(alice, 'erika'))[0]?.state === 'valid',
    /** From the link of a mail to the page for the code. */
    async openReset() {
      const browser = scene.open()
      await scene.request('erika', browser)
      const path = await openLink(browser, (await scene.links()).at(-1) ?? '')
      for (const action of ['trouble', 'lost', 'desk-pass']) await answer(browser, path, { action })
      const send = (fields: Record<string, string>) => answer(browser, path, fields)
      const read = async () => await (await browser.get(path)).text()
      return { send, read }
    },
  }
}

onEachEngine((engine) => {
  test(`a pass for one login is valid for one reset link and the login after it, but not for a second link (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    const code = await scene.issuePass()
    const reset = await scene.openReset()
    assert.match(await reset.read(), />Weiter</)
    await reset.send({ code, action: 'confirm' })
    assert.ok(await scene.isPassValid())

    const done = await reset.send(twice)
    assert.equal(done.status, 303)
    assert.equal(await scene.hash(), `hash of ${twice.password}`)
    assert.ok(await scene.isPassValid())

    // A person with the code and the mailbox cannot choose a second password with it.
    const again = await scene.openReset()
    assert.match(await again.read(), /Code vom Service Desk eingeben/)
    assert.equal((await again.send({ code, action: 'confirm' })).status, 303)
    assert.match(await again.read(), /Dieser Code gilt nicht/)

    const tab = openTab(scene)
    await tab.begin({ username: 'erika', password: twice.password, appId: 'mail' })
    for (const action of ['trouble', 'lost', 'desk-pass']) await tab.answer({ action })
    await tab.answer({ code, action: 'confirm' })
    assert.equal(await scene.isPassValid(), false)
  })
})
