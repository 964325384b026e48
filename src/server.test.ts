import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { testKeyring } from './dev/test-support/keyring.ts'
import { instantHasher } from './dev/test-support/login.ts'
import { type Engine, onEachEngine } from './dev/test-support/on-each-engine.ts'
import { findWalks, hasPlan, openUnused, type Query } from './dev/test-support/plans.ts'
import { createScene } from './dev/test-support/scene.ts'
import { configSchema } from './platform/config/schema.ts'
import { systemClock } from './platform/kernel/clock.ts'
import { silentLog } from './platform/kernel/log.ts'
import { systemRandom } from './platform/kernel/random.ts'
import { createEinlassServer } from './server.ts'

/** Tables that grow with the users and with what they do. What they have for an hour or two, and what people at desks do, is small. */
const large = [
  ...['users', 'user_words', 'user_groups', 'user_attributes', 'directory_entries'],
  ...['provisioned_users', 'second_factor_choices', 'sessions', 'journeys', 'proofs'],
  ...['participants', 'oidc_records', 'forward_auth_grants', 'saml_requests'],
  ...['push_devices', 'push_challenges', 'push_registrations', 'totp_authenticators'],
  ...['authenticator_devices', 'authenticator_challenges', 'authenticator_registrations'],
  ...['authenticator_used_keys', 'passkeys', 'passkey_handles', 'recovery_codes'],
  ...['spent_challenges', 'spent_tickets', 'one_time_links', 'throttles', 'factor_failures'],
  ...['mail_queue', 'event_queue', 'logout_queue', 'audit_events', 'audit_replacements'],
]

const config = configSchema.parse({
  public_url: 'http://127.0.0.1',
  metrics: { port: 0 },
  authenticator: { enabled: true },
  retention: { audit: '400d' },
  mail: { from: 'login@example.org', smtp: { host: '127.0.0.1', port: 1 } },
  directories: [
    { name: 'local', kind: 'local' },
    {
      ...{ name: 'staff', kind: 'openldap', servers: ['ldaps://127.0.0.1:1'], base: 'dc=x' },
      ...{ bind_name: 'cn=x', bind_password: 'x' },
    },
  ],
})

async function serve(t: TestContext, engine: Engine) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const heard = new Map<string, Query>()
  const database = await openUnused(t, engine, (query) => heard.set(query.sql, query))
  // Of the migrations.
  heard.clear()
  const server = await createEinlassServer({
    config,
    publicUrl: 'http://127.0.0.1',
    platform: {
      ...{ database, keyring: testKeyring, clock: systemClock, random: systemRandom },
      ...{ log: silentLog, fetch },
    },
    hasher: instantHasher,
  })
  t.after(() => server.close())
  return { db: database.db, server, heard }
}

/** Until the last of the regular removals was made, and nothing more is asked for. */
async function untilQuiet(heard: ReadonlyMap<string, Query>): Promise<void> {
  const isDone = () =>
    [...heard.keys()].some((text) => text.startsWith('delete from "reset_requests"'))
  for (let before = -1; before !== heard.size || !isDone(); ) {
    before = heard.size
    await sleep(300)
  }
}

/** Their indexes have only what is under way. */
const short = / of (journeys_under_way|proofs_by_journey_hash|directory_entries_writes) on /

onEachEngine((engine) => {
  test(`nothing that a server does at its start or from time to time walks through a large table (${engine.name})`, async (t) => {
    const { db, server, heard } = await serve(t, engine)
    for (let minute = 0; minute < 10; minute += 1) t.mock.timers.tick(60_000)
    await untilQuiet(heard)
    assert.ok(server.metrics)
    await once(server.metrics.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.metrics.address() as AddressInfo
    assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 200)
    const queries = [...heard.values()].filter(hasPlan)
    const walks: string[] = []
    for (const query of queries)
      for (const walk of await findWalks(db, engine.name, { query, large }))
        if (!short.test(walk)) walks.push(`${walk}: ${query.sql}`)
    assert.deepEqual(walks, [])
  })
})

onEachEngine((engine) => {
  test(`an abandoned login stays until it is noted in the audit log (${engine.name})`, async (t) => {
    const { db, heard } = await serve(t, engine)
    const userId = await createScene(db, systemClock).addUser()
    await db
      .insertInto('journeys')
      .values({
        ...{ id_hash: 'left', kind: 'login', version: 1, step: 'totp/confirm', state: '{}' },
        ...{ browser_hash: 'b', user_id: userId, created_at: 1, expires_at: 2 },
        ...{ finished_at: null, session_id: null, end_reason: null },
      })
      .execute()
    const list = async () => (await db.selectFrom('journeys').select('id_hash').execute()).length
    await db.schema.alterTable('audit_events').renameTo('audit_away').execute()
    heard.clear()
    t.mock.timers.tick(600_000)
    await untilQuiet(heard)
    assert.equal(await list(), 1)
    await db.schema.alterTable('audit_away').renameTo('audit_events').execute()
    heard.clear()
    t.mock.timers.tick(600_000)
    await untilQuiet(heard)
    assert.equal(await list(), 0)
    const noted = await db.selectFrom('audit_events').select('type').execute()
    assert.ok(noted.some(({ type }) => type === 'login_abandoned'))
  })
})
