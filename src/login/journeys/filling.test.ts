/** What people without an account, or with one stolen password, leave behind in ten minutes: a bounded number of rows (A48). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { office } from '../../dev/test-support/scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { minutes } from '../../platform/kernel/clock.ts'

const perMinute = 300

onEachEngine((engine) => {
  test(`A48: a thief with one password can begin only a limited number of logins, and the owner can still log in (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const login = createTestLogin(db)
    const erika = await login.addUser('erika')
    await login.addUser('max')
    await login.addApp('mail', { secondFactor: 'required', skips: 0, decline: false })
    const beginning = { username: 'erika', appId: 'mail' }
    const steps: string[] = []
    for (let n = 0; n < perMinute + 20; n += 1) {
      const client = { ...office, address: `198.51.${n % 100}.${Math.floor(n / 100)}` }
      const view = await openTab(login, client, `thief ${n}`).begin(beginning)
      steps.push(view.type === 'page' ? view.step : view.type)
    }
    assert.equal(steps.filter((step) => step === 'second-factor/offer').length, perMinute)
    assert.deepEqual([...new Set(steps.slice(perMinute))], ['password/check'])
    const rows = await db.selectFrom('journeys').select('id_hash').execute()
    assert.equal(rows.length, perMinute)
    const device = login.knownBrowsers.remember(undefined, erika)
    const own = await openTab(login, { ...office, device }, 'own').begin(beginning)
    assert.equal(own.type === 'page' && own.step, 'second-factor/offer')
    const other = await openTab(login, office, 'other').begin({ username: 'max', appId: 'mail' })
    assert.equal(other.type === 'page' && other.step, 'second-factor/offer')
    login.pass(minutes(1))
    const later = await openTab(login, office, 'later').begin(beginning)
    assert.equal(later.type === 'page' && later.step, 'second-factor/offer')
  })
})
