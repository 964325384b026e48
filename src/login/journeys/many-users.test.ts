/** No statement of what people and the service desk do all day looks at every user, as the plans of both databases say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompiledQuery, sql } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { findWalks, hasPlan, openUnused, type Query } from '../../dev/test-support/plans.ts'
import { createResetScene } from '../../dev/test-support/reset-scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { addMembers, groupsOf } from '../../identity/users/groups.ts'
import { configSchema } from '../../platform/config/schema.ts'
import type { Database } from '../../platform/storage/database.ts'

/** Tables with a row or more for each user. */
const large = [
  ...['users', 'user_words', 'user_groups', 'user_attributes', 'directory_entries'],
  ...['provisioned_users', 'second_factor_choices', 'sessions', 'journeys', 'proofs'],
  ...['push_devices', 'authenticator_devices', 'totp_authenticators', 'passkeys'],
  ...['passkey_handles', 'recovery_codes', 'desk_passes', 'factor_failures'],
  ...['lost_second_factors', 'audit_events', 'throttles', 'push_challenges'],
  ...['mail_queue', 'authenticator_challenges', 'authenticator_used_keys'],
  ...['forward_auth_grants', 'known_factor_failures'],
]

/** PostgreSQL decides by how many rows there are. SQLite decides by the indexes alone, as nothing analyses its tables. */
async function fillPostgres(db: Database): Promise<void> {
  const numbers = 'from generate_series(1, 3000) as made(n)'
  for (const text of [
    `insert into users (id, username, username_key, display_name, role, managed_by, created_at, updated_at)
      select 'usr_' || n, 'made' || n, 'made' || n, 'Made ' || n, 'user', 'directory:made', 0, 0 ${numbers}`,
    `insert into user_words (word, user_id) select 'made' || n, 'usr_' || n ${numbers}`,
    `insert into user_words (word, user_id) select 'x' || n, 'usr_' || n ${numbers}`,
    `insert into user_groups (user_id, name) select 'usr_' || n, 'group-' || n % 20 ${numbers}`,
    'analyze users, user_words, user_groups',
  ])
    await sql.raw(text).execute(db)
}

/** What PostgreSQL does for each row of the table, or of one that refers to it, when it is removed: no plan shows that. */
async function listCascades(db: Database): Promise<Query[]> {
  const { rows } = await sql<{ text: string }>`
    with recursive cascade (child, "column") as (
      select conrelid, conkey[1] from pg_constraint where confrelid = 'users'::regclass and contype = 'f'
      union
      select conrelid, conkey[1] from pg_constraint, cascade
      where confrelid = cascade.child and contype = 'f'
    )
    select format('delete from %I where %I = $1', relname, attname) as text
    from cascade
    join pg_class on pg_class.oid = child
    join pg_attribute on attrelid = child and attnum = "column"`.execute(db)
  return rows.map(({ text }) => ({ sql: text, parameters: [''] }))
}

const byMail = configSchema.parse({
  directories: [{ name: 'local', kind: 'local', login_attributes: ['username', 'mail'] }],
})

onEachEngine((engine) => {
  async function setUp(t: Parameters<typeof engine.open>[0]) {
    const heard = new Map<string, Query>()
    const { db } = await openUnused(t, engine, (query) => heard.set(query.sql, query))
    if (engine.name === 'postgres') await fillPostgres(db)
    const scene = await createResetScene(db, { config: byMail })
    const { users, directory, erika } = scene
    await addMembers(db, [{ userId: erika.id, group: 'staff' }])
    return {
      ...{ db, scene, users, directory, erika },
      async listPlans(work: () => Promise<unknown>): Promise<string> {
        heard.clear()
        await work()
        const explain = engine.name === 'postgres' ? 'explain' : 'explain query plan'
        const plans: unknown[] = []
        for (const { sql: text, parameters } of [...heard.values()]) {
          const query = CompiledQuery.raw(`${explain} ${text}`, [...parameters])
          plans.push(...(await db.executeQuery(query)).rows)
        }
        return JSON.stringify(plans)
      },
      async listWalks(
        work: () => Promise<unknown>,
        more: readonly Query[] = [],
      ): Promise<string[]> {
        heard.clear()
        await work()
        const queries = [...[...heard.values()].filter(hasPlan), ...more]
        assert.ok(queries.length > more.length, 'statements are heard of')
        const found: string[] = []
        for (const one of queries)
          for (const walk of await findWalks(db, engine.name, { query: one, large }))
            found.push(`${walk}: ${one.sql}`)
        return found
      },
    }
  }

  test(`a login scans no table of users, with any outcome (${engine.name})`, async (t) => {
    const { scene, users, db, erika, listWalks } = await setUp(t)
    const login = (username: string, password: string) => () =>
      openTab(scene).begin({ username, password })
    assert.deepEqual(await listWalks(login('erika', 'password of erika')), [])
    assert.deepEqual(await listWalks(login('erika', 'wrong')), [])
    assert.deepEqual(await listWalks(login('nobody', 'wrong')), [])
    assert.deepEqual(await listWalks(login('erika@example.org', 'password of erika')), [])
    assert.deepEqual(await listWalks(login('nobody@example.org', 'wrong')), [])
    assert.deepEqual(await listWalks(() => scene.signIn(erika.id)), [])
    await users.disable(db, erika.id)
    assert.deepEqual(await listWalks(login('erika', 'password of erika')), [])
  })

  test(`a request for a password reset scans no table of users (${engine.name})`, async (t) => {
    const { scene, listWalks } = await setUp(t)
    const ask = (name: string) => async () => {
      await scene.request(name)
      await scene.links()
    }
    assert.deepEqual(await listWalks(ask('erika')), [])
    assert.deepEqual(await listWalks(ask('nobody')), [])
  })

  test(`a search of the service desk does not scan all users (${engine.name})`, async (t) => {
    const { db, users, directory, erika, listWalks } = await setUp(t)
    for (const search of ['eri', 'erika muster', 'erika@example.org'])
      assert.deepEqual(await listWalks(() => users.list(db, { search })), [])
    assert.deepEqual(await listWalks(() => users.list(db)), [], 'the first page')
    assert.deepEqual(await listWalks(() => users.list(db, { after: 'zoe' })), [], 'the last page')
    assert.deepEqual(await listWalks(() => users.findByNames(db, ['erika', 'nobody'])), [])
    assert.deepEqual(await listWalks(() => groupsOf(db, [erika.id])), [])
    assert.deepEqual(await listWalks(async () => directory.hasMembers?.(db, 'staff')), [])
    assert.deepEqual(await listWalks(() => users.isLastAdmin(db, erika.id)), [])
    assert.deepEqual(await listWalks(() => users.hasAny(db)), [])
    // Nearly all users have such a word, so it may look at all of them, but not one after the other by their names.
    const common = await listWalks(() => users.list(db, { search: 'made' }))
    assert.deepEqual(
      common.filter((walk) => walk.includes('of users_username_key')),
      [],
    )
    const anywhere = await listWalks(() => users.list(db, { search: '*rika' }))
    assert.equal(anywhere.length, 1, 'what walks is found by this test')
  })
  test(`the removal of a user scans no table of users (${engine.name})`, async (t) => {
    const { db, users, erika, listWalks } = await setUp(t)
    const cascades = engine.name === 'postgres' ? await listCascades(db) : []
    assert.equal(cascades.length > 20, engine.name === 'postgres')
    assert.deepEqual(await listWalks(() => users.remove(db, erika.id), cascades), [])
  })

  test(`a list of the users of one directory does not scan those of others (${engine.name})`, async (t) => {
    const { db, users, listWalks } = await setUp(t)
    for (const managedBy of ['directory:corp', null] as const) {
      const walks = await listWalks(() => users.list(db, { managedBy }))
      assert.deepEqual(walks, [], `${managedBy}, the first page`)
      const later = await listWalks(() => users.list(db, { managedBy, after: 'bob' }))
      assert.deepEqual(later, [], `${managedBy}, a later page`)
    }
  })
  test(`a search in one directory begins with the words, not with all its users (${engine.name})`, async (t) => {
    const { db, users, listPlans } = await setUp(t)
    for (const managedBy of ['directory:corp', null] as const) {
      const plans = await listPlans(() => users.list(db, { search: 'erika', managedBy }))
      assert.match(plans, /user_words/)
      assert.doesNotMatch(plans, /users_by_managed_by/)
    }
  })
})
