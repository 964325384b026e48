import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../../dev/test-support/login.ts'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { openTab } from '../../../dev/test-support/tab.ts'
import { hours } from '../../../platform/kernel/clock.ts'
import type { Database } from '../../../platform/storage/database.ts'
import type { JourneyView } from '../../engine/view.ts'

const fresh = 'Fahrrad im Regen am Fluss'
const twice = { password: fresh, password_again: fresh, action: 'change' }

/** A login whose directory says that the password expires in three days. */
async function setUp(db: Database, isChangedHere = true) {
  const login = createTestLogin(db, {
    openDirectory: (local) => ({
      ...local,
      async verifyPassword(...asked) {
        const outcome = await local.verifyPassword(...asked)
        if (outcome.type !== 'right') return outcome
        return { ...outcome, passwordExpiresAt: login.clock.now() + hours(72) }
      },
      ...(local.passwordReset && {
        passwordReset: { ...local.passwordReset, isFor: async () => isChangedHere },
      }),
    }),
  })
  await login.addUser('erika')
  await login.addApp('mail', { secondFactor: 'none', skips: 0, decline: false })
  return login
}

const stepOf = (view: JourneyView) => (view.type === 'page' ? view.step : view.type)

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('a password that expires soon is said once in a login, and may be changed later'),
    async (t) => {
      const { db } = await engine.open(t)
      const login = await setUp(db)
      const tab = openTab(login)
      const view = await tab.begin({ username: 'erika', appId: 'mail' })
      assert.equal(stepOf(view), 'password/expiry')
      assert.equal(stepOf(await tab.look()), 'password/expiry')
      assert.equal(stepOf(await tab.answer({ action: 'nothing' })), 'password/expiry')
      assert.equal(stepOf(await tab.answer({ action: 'later' })), 'finished')
    },
  )

  test(
    say(
      'of an expired password that is changed elsewhere the page says how often it is still taken',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      let graceLogins = 2
      const login = createTestLogin(db, {
        openDirectory: (local) => ({
          ...local,
          async verifyPassword(...asked) {
            const outcome = await local.verifyPassword(...asked)
            return outcome.type === 'right' ? { ...outcome, graceLogins } : outcome
          },
        }),
      })
      await login.addUser('erika')
      await login.addApp('mail', { secondFactor: 'none', skips: 0, decline: false })
      for (const lead of ['password.grace.some', 'password.grace.last']) {
        const tab = openTab(login)
        const view = await tab.begin({ username: 'erika', appId: 'mail' })
        assert.ok(view.type === 'page')
        assert.deepEqual(view.form.lead, { key: lead, values: { left: graceLogins } })
        assert.equal(stepOf(await tab.answer({ action: 'change' })), 'password/expiry')
        assert.equal(stepOf(await tab.answer({ action: 'later' })), 'finished')
        graceLogins = 0
      }
    },
  )

  test(say('who changes it now goes on with the new one'), async (t) => {
    const { db } = await engine.open(t)
    const login = await setUp(db)
    const tab = openTab(login)
    await tab.begin({ username: 'erika', appId: 'mail' })
    assert.equal(stepOf(await tab.answer({ action: 'change' })), 'password/change')
    assert.equal(stepOf(await tab.answer(twice)), 'finished')
    assert.equal(
      stepOf(await openTab(login).begin({ username: 'erika', password: fresh, appId: 'mail' })),
      'password/expiry',
    )
  })

  test(say('where it cannot be changed here, the page says so and goes on'), async (t) => {
    const { db } = await engine.open(t)
    const login = await setUp(db, false)
    const tab = openTab(login)
    const view = await tab.begin({ username: 'erika', appId: 'mail' })
    assert.ok(view.type === 'page')
    assert.equal(view.form.lead?.key, 'password.expiry.elsewhere')
    assert.equal(stepOf(await tab.answer({ action: 'change' })), 'password/expiry')
    assert.equal(stepOf(await tab.answer({ action: 'later' })), 'finished')
  })
})
