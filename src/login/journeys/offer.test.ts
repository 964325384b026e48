import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { hours } from '../../platform/kernel/clock.ts'

onEachEngine(({ name, open }) => {
  test(`several simultaneous skips of one offer use up only one skip (${name})`, async (t) => {
    const { db } = await open(t)
    const login = createTestLogin(db)
    const user = await login.addUser('erika')
    await login.addApp('lax', { secondFactor: 'optional', skips: 9, decline: false })
    await login.addApp('strict', { secondFactor: 'optional', skips: 8, decline: false })
    const tab = openTab(login)
    await tab.begin({ username: 'erika', appId: 'lax' })
    const done = await tab.answer({ action: 'skip' })
    assert.equal(done.type, 'finished')
    const session = await login.sessions.find(done.token)
    const client = { ...office, session }
    const request = { appId: 'strict', returnTo: '/' }
    assert.equal(await login.findNextJourney(session, request), 'offer')
    const begin = () =>
      login.engine.begin(
        { kind: 'offer', request, browserToken: 'browser', answers: { action: 'skip' } },
        client,
      )

    const views = await Promise.all([begin(), begin(), begin()])
    // The later requests follow the decision of the first one.
    assert.deepEqual(views.map(({ type }) => type).sort(), ['finished', 'left', 'left'])
    assert.equal((await login.factors.choices.find(db, user.id)).skipsUsed, 2)
    const [finished] = views.filter((view) => view.type === 'finished')
    assert.ok(finished)
    const renewed = await login.sessions.find(finished.token)
    assert.equal(renewed?.id, session?.id)
    assert.equal(await login.findNextJourney(renewed, request), 'enter')
  })

  test(`opening the account pages again on the same day in another browser uses up no skip (${name})`, async (t) => {
    const { db } = await open(t)
    const login = createTestLogin(db)
    const user = await login.addUser('erika')
    const begin = async () => {
      const tab = openTab(login)
      await tab.begin({ username: 'erika' })
      return { tab }
    }
    const countSkips = async () => (await login.factors.choices.find(db, user.id)).skipsUsed
    const { tab } = await begin()
    assert.equal((await tab.answer({ action: 'skip' })).type, 'finished')
    const again = await begin()
    assert.equal((await again.tab.answer({ action: 'skip' })).type, 'finished')
    assert.equal(await countSkips(), 1)
    login.pass(hours(12))
    const nextDay = await begin()
    assert.equal((await nextDay.tab.answer({ action: 'skip' })).type, 'finished')
    assert.equal(await countSkips(), 2)
  })
})
