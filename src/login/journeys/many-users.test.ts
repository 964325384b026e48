/** No statement of what people and the service desk do all day looks at every user, as the plans of both databases say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompiledQuery, sql } from 'kysely'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createResetScene } from '../../dev/test-support/reset-scene.ts'
import { openTab } from '../../dev/test-support/tab.ts'
import { addMembers, groupsOf } from '../../identity/users/groups.ts'
import { configSchema } from '../../platform/config/schema.ts'
import type { Database, EngineName, OnQuery } from '../../platform/storage/database.ts'

/** Tables with a row or more for each user. */
const large = [
  ...['users', 'user_words', 'user_groups', 'user_attributes', 'directory_entries'],
  ...['provisioned_users', 'second_factor_choices', 'sessions', 'journeys', 'proofs'],
  ...['push_devices', 'authenticator_devices', 'totp_authenticators', 'passkeys'],
  ...['passkey_handles', 'recovery_codes', 'desk_passes', 'factor_failures'],
  ...['lost_second_factors', 'audit_events', 'throttles', 'push_challenges'],
]

type Query = Parameters<OnQuery>[0]

/** Which large tables a statement walks through. To take the first ones of an index is no such walk. */
async function findWalks(db: Database, engine: EngineName, query: Query): Promise<string[]> {
  const walks = await (engine === 'sqlite' ? explainSqlite : explainPostgres)(db, query)
  const isPage = / limit [?$\d]+$/.test(query.sql) && !query.sql.includes(' where ')
  return walks.filter(({ inOrder }) => !(isPage && inOrder)).map(({ text }) => text)
}

interface Walk {
  readonly text: string
  /** Of an index, and nothing that it finds is left out. */
  readonly inOrder: boolean
}

async function explainSqlite(db: Database, { sql: text }: Query): Promise<Walk[]> {
  const explain = sql<{ detail: string }>`${sql.raw(`explain query plan ${text}`)}`
  const isWalk = ({ detail }: { detail: string }) => {
    const [, table = ''] = /^SCAN (\w+)/.exec(detail) ?? []
    return large.includes(table)
  }
  const { rows } = await explain.execute(db)
  return rows
    .filter(isWalk)
    .map(({ detail }) => ({ text: detail, inOrder: / USING .*INDEX/.test(detail) }))
}

/** PostgreSQL decides by how many rows there are. SQLite decides by the indexes alone, as nothing analyses its tables. */
async function fillPostgres(db: Database): Promise<void> {
  const numbers = 'from generate_series(1, 3000) as made(n)'
  for (const text of [
    `insert into users (id, username, username_key, display_name, role, created_at, updated_at)
      select 'usr_' || n, 'made' || n, 'made' || n, 'Made ' || n, 'user', 0, 0 ${numbers}`,
    `insert into user_words (word, user_id) select 'made' || n, 'usr_' || n ${numbers}`,
    `insert into user_words (word, user_id) select 'x' || n, 'usr_' || n ${numbers}`,
    `insert into user_groups (user_id, name) select 'usr_' || n, 'group-' || n % 20 ${numbers}`,
    'analyze users, user_words, user_groups',
  ])
    await sql.raw(text).execute(db)
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Filter?: string
  readonly Plans?: readonly Plan[]
}

async function explainPostgres(db: Database, { sql: text, parameters }: Query): Promise<Walk[]> {
  return await db.connection().execute(async (one) => {
    // A table of a few rows is walked through in any case, unless there is a way to do without.
    await sql`set enable_seqscan = off`.execute(one)
    const explain = CompiledQuery.raw(`explain (format json) ${text}`, [...parameters])
    const { rows } = await one.executeQuery<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(explain)
    return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => listWalks(Plan)))
  })
}

function listWalks(plan: Plan): Walk[] {
  const { 'Node Type': kind, 'Relation Name': table = '', 'Index Cond': condition } = plan
  const isWalk = large.includes(table) && /Scan$/.test(kind) && condition === undefined
  // The index below it has the condition.
  const own = isWalk && kind !== 'Bitmap Heap Scan' ? [describe(plan)] : []
  return [...own, ...(plan.Plans ?? []).flatMap(listWalks)]
}

const describe = ({ 'Node Type': kind, 'Index Name': index, ...plan }: Plan): Walk => ({
  text: `${kind} of ${index} on ${plan['Relation Name']}`,
  inOrder: kind.startsWith('Index') && plan.Filter === undefined,
})

const byMail = configSchema.parse({
  directories: [{ name: 'local', kind: 'local', login_attributes: ['username', 'mail'] }],
})

const explained = /^(select|update|delete|insert|with) /i

onEachEngine((engine) => {
  async function setUp(t: Parameters<typeof engine.open>[0]) {
    const heard = new Map<string, Query>()
    const { db } = await engine.open(t, (query) => heard.set(query.sql, query))
    if (engine.name === 'postgres') await fillPostgres(db)
    const scene = await createResetScene(db, { config: byMail })
    const { users, directory, erika } = scene
    await addMembers(db, [{ userId: erika.id, group: 'staff' }])
    return {
      ...{ db, scene, users, directory, erika },
      async listWalks(work: () => Promise<unknown>): Promise<string[]> {
        heard.clear()
        await work()
        const queries = [...heard.values()].filter(({ sql: text }) => explained.test(text))
        assert.ok(queries.length > 0, 'statements are heard of')
        const found: string[] = []
        for (const one of queries)
          for (const walk of await findWalks(db, engine.name, one))
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
})
