import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock } from '../../dev/test-support/scene.ts'
import { createApps } from '../../identity/apps/apps.ts'
import { hours, minutes } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { refusalEvents } from './events.ts'
import { protocols } from './index.ts'
import { listRefusedLately } from './refused-lately.ts'

const redirectUris = ['https://app.example/callback']

async function setUp(db: Database) {
  const clock = createTestClock()
  const scene = createScene(db, clock)
  const apps = createApps({ ...scene, protocols })
  const add = async (id: string, protocol: string, settings: object) => {
    const policy = { secondFactor: 'none' } as const
    await apps.create(db, { id, protocol, name: id, settings: settings as never, policy })
  }
  await add('wiki', 'oidc', { redirectUris })
  await add('notes', 'saml', { entityId: 'notes', consumerUrls: ['https://notes.example/acs'] })
  await add('mail', 'wsfed', { realms: ['https://mail.example/'] })
  return {
    clock,
    change: (settings: object) => apps.change(db, 'wiki', { settings: settings as never }),
    refuse: (appId: string | null, reason: string, times?: number) => {
      const facts = { protocol: 'oidc', reason, appId, ...(times && { times }) }
      return scene.audit.record(db, refusalEvents.refused, facts)
    },
    async list() {
      const span = { from: clock.now() - hours(24), until: clock.now() }
      const found = await listRefusedLately(db, { protocols, apps: await apps.list(db) }, span)
      return [...found].map(([id, refused]) => [
        id,
        ...refused.map(({ reason, times }) => `${times} ${reason}`),
      ])
    },
  }
}

onEachEngine(({ name, open }) => {
  test(`refusals that a setting mends are summed up by app and reason, for every protocol (${name})`, async (t) => {
    const { clock, refuse, list } = await setUp((await open(t)).db)
    clock.pass(minutes(1))
    await refuse('wiki', 'pkce_missing')
    await refuse('wiki', 'pkce_missing', 4)
    await refuse('wiki', 'secret_wrong')
    await refuse('notes', 'weak_algorithm')
    await refuse('mail', 'unknown_reply_url')
    for (const id of ['nobody', null]) await refuse(id, 'pkce_missing')
    for (const reason of ['invalid_request', 'constructor']) await refuse('wiki', reason)
    assert.deepEqual(await list(), [
      ['wiki', '5 pkce_missing', '1 secret_wrong'],
      ['notes', '1 weak_algorithm'],
      ['mail', '1 unknown_reply_url'],
    ])
    clock.pass(hours(25))
    assert.deepEqual(await list(), [])
  })

  test(`refusals before the last change of the app, and those that its settings allow now, are left out (${name})`, async (t) => {
    const { clock, change, refuse, list } = await setUp((await open(t)).db)
    clock.pass(minutes(1))
    await refuse('wiki', 'invalid_redirect_uri')
    clock.pass(minutes(1))
    await change({ redirectUris, pkce: 'optional' })
    assert.deepEqual(await list(), [])
    // Counted before the change, and written after it.
    await refuse('wiki', 'pkce_missing', 9)
    assert.deepEqual(await list(), [])
    await refuse('wiki', 'invalid_redirect_uri')
    assert.deepEqual(await list(), [['wiki', '1 invalid_redirect_uri']])
  })
})
