import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { createTestLogin } from '../../dev/test-support/login.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { createAudit } from '../../identity/audit/audit.ts'
import { configSchema } from '../../platform/config/schema.ts'
import { createLoginLimits } from './login-rate-limits.ts'

onEachEngine(({ name, open }) => {
  test(`A14: refused attempts write equally many audit events for known and unknown user names (${name})`, async (t) => {
    const { db } = await open(t)
    const login = createTestLogin(db)
    await login.addUser('erika')
    const tab = openTab(login)
    const events = () => db.selectFrom('audit_events').select(['data']).orderBy('seq').execute()

    /** How many events each of eight wrong attempts writes. */
    async function writesOf(username: string): Promise<number[]> {
      const written: number[] = []
      for (let n = 0; n < 8; n += 1) {
        const before = (await events()).length
        await tab.begin({ username, password: 'wrong' })
        written.push((await events()).length - before)
      }
      return written
    }

    // Five are judged; of these and of those that are refused the first is written, and the others are counted.
    const expected = [1, 0, 0, 0, 0, 1, 0, 0]
    assert.deepEqual(await writesOf('nobody'), expected)
    assert.deepEqual(await writesOf('Erika'), expected)
    assert.deepEqual(await writesOf('nobody else'), expected)
    const trail = JSON.stringify(await events())
    assert.ok(trail.includes('erika'))
    assert.ok(!trail.includes('nobody'), 'the trail names only people who exist')
  })

  test(`each throttled login is reported, and only the first is an audit event (${name})`, async (t) => {
    const { db } = await open(t)
    const clock = { now: () => 1_000 }
    const failed: string[] = []
    const limits = createLoginLimits({
      ...createTestLogin(db),
      db,
      alerts: { raise: async () => {} },
      config: configSchema.parse({}),
      clock,
      audit: createAudit({ keyring, clock }),
      onFailed: (reason) => failed.push(reason),
    })
    for (let n = 0; n < 3; n += 1) {
      await limits.throttledTries.add(db, { username: null, address: '203.0.113.7' })
    }
    assert.deepEqual(failed, ['throttled', 'throttled', 'throttled'])
    assert.equal((await db.selectFrom('audit_events').selectAll().execute()).length, 1)
  })
})
