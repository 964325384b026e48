import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKeyring as keyring } from '../../dev/test-support/keyring.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createAudit } from './audit.ts'
import { readAudit } from './chain.ts'
import { event, notShown } from './event.ts'
import { loginEvents } from './login-events.ts'
import { verifyAudit } from './verify.ts'

const at = 1_800_000_000_000
const audit = createAudit({ keyring, clock: { now: () => at } })

const linkCreated = event<Record<string, never>>('setup_link_created', notShown)
const renamed = event<{ userId: string; name: string }>('renamed', notShown)
const changed = event<{ appId: string; changes: readonly string[] }>('changed', notShown)

/** What must not compile. */
export const mistakes = (db: Database) => [
  // @ts-expect-error a fact is missing
  () => audit.record(db, changed, { appId: 'app_1' }),
  // @ts-expect-error a fact of another event
  () => audit.record(db, linkCreated, { userId: 'usr_1' }),
  // @ts-expect-error a fact of another type
  () => audit.record(db, renamed, { userId: 'usr_1', name: 1 }),
  // @ts-expect-error an event that is not declared
  () => audit.record(db, 'renamed', { userId: 'usr_1' }),
  // @ts-expect-error a fact that the trail cannot keep
  () => event<{ at: Date }>('planted', notShown),
]

onEachEngine((engine) => {
  test(`an event has its type, its time and its facts (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const facts = {
      userId: 'usr_1',
      sessionId: 'ses_1',
      appId: null,
      acr: 'x',
      amr: ['pwd', 'mca'],
      notHigher: 'not_asked' as const,
    }
    await audit.record(db, loginEvents.succeeded, { ...facts, address: '192.0.2.1' })
    await audit.record(db, linkCreated, {})
    assert.deepEqual(await readAudit(db, { limit: 10 }), [
      { seq: 1, at, type: 'login_succeeded', data: { ...facts, address: '192.0.2.1' } },
      { seq: 2, at, type: 'setup_link_created', data: {} },
    ])
  })

  test(`A39: hostile text becomes one short line (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const name = `\u001b[31m\r\nadmin\u202e\u0000\ud800"${'😀'.repeat(500)}`
    await audit.record(db, renamed, { userId: 'usr_1', name })
    const [event] = await readAudit(db, { limit: 1 })
    assert.equal(
      event?.data.name,
      `\\u001b[31m\\u000d\\u000aadmin\\u202e\\u0000\ufffd"${'😀'.repeat(184)}`,
    )
    assert.deepEqual(await verifyAudit(db, keyring), { type: 'intact', events: 1 })
  })

  test(`an event and its change are written together or not at all (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const failing = db.transaction().execute(async (tx) => {
      await tx.insertInto('settings').values({ name: 'a', value: 'b' }).execute()
      await audit.record(tx, changed, { appId: 'app_1', changes: [] })
      throw new Error('later')
    })
    await assert.rejects(failing, /later/)
    assert.deepEqual(await readAudit(db, { limit: 1 }), [])
    assert.deepEqual(await db.selectFrom('settings').selectAll().execute(), [])
  })
})
