/** What an attempt to log in costs two real directories beside the own store, as they count it: the same, whosever the name is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../src/dev/test-support/login.ts'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import { openTab } from '../src/dev/test-support/tab.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { startSlapd, type TestSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'
const wrong = 'login.wrong.text'

const counted = { config: 'database monitor' }

/** How many there were since the server began, this question included. */
async function countOperations(slapd: TestSlapd): Promise<Readonly<Record<string, number>>> {
  const { searchEntries } = await slapd.asRoot((client) =>
    client.search('cn=Operations,cn=Monitor', {
      ...{ scope: 'one', attributes: ['cn', 'monitorOpInitiated'] },
      filter: '(|(cn=Search)(cn=Bind))',
    }),
  )
  return Object.fromEntries(searchEntries.map((one) => [one.cn, Number(one.monitorOpInitiated)]))
}

async function setUp(t: Scope, db: Database) {
  const corp = await startSlapd(t, counted)
  const partners = await startSlapd(t, counted)
  const { directory } = openDirectories(t, db, [
    { name: 'local', kind: 'local' },
    { ...(await describeSlapd(t, corp)), name: 'corp', domain: 'CORP' },
    { ...(await describeSlapd(t, partners)), name: 'partners', upn_suffixes: [], domain: 'P' },
  ])
  const login = createTestLogin(db, { openDirectory: () => directory })
  await login.addApp('mail', { secondFactor: 'none', skips: 0, decline: false })
  await login.addUser('lena')
  await corp.addPerson('anna', password)
  await partners.addPerson('paul', password, { mail: 'paul@example.net' })

  async function enter(username: string, typed: string): Promise<string> {
    const view = await openTab(login).begin({ username, password: typed, appId: 'mail' })
    return view.type === 'page' ? `${view.formError?.text.key}` : view.type
  }

  async function readCounts() {
    return [await countOperations(corp), await countOperations(partners)]
  }

  return {
    ...login,
    enter,
    /** Searches and binds in each directory for one attempt. */
    async measure(username: string, typed: string): Promise<readonly (readonly number[])[]> {
      const before = await readCounts()
      assert.equal(await enter(username, typed), wrong, username)
      const after = await readCounts()
      return after.map((now, n) => [
        (now.Search ?? 0) - (before[n]?.Search ?? 0) - 1,
        (now.Bind ?? 0) - (before[n]?.Bind ?? 0) - 1,
      ])
    },
  }
}

/** In each: one for the name and one for an entry, and one password. */
const once = [
  [2, 1],
  [2, 1],
]

onEachEngine((engine) => {
  test(`A15: a login attempt runs the same number of database statements for every name (${engine.name})`, async (t) => {
    const statements: string[] = []
    const { db } = await engine.open(t, ({ sql }) => statements.push(sql))
    const { enter } = await setUp(t, db)
    const count = async (name: string) => {
      statements.length = 0
      assert.equal(await enter(name, 'guess'), wrong, name)
      return statements.length
    }
    const names = ['anna', 'lena', 'nemo', 'anna@example.org', 'nemo@example.org']
    const before: number[] = []
    for (const name of names) before.push(await count(name))
    assert.deepEqual(new Set(before).size, 1, `${before}`)
    assert.equal(await enter('anna', password), 'finished')
    const after: number[] = []
    for (const name of names) after.push(await count(name))
    assert.deepEqual(new Set(after).size, 1, `${after}`)
  })

  test(`A15: a login attempt sends each directory the same number of requests for every name (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(t, db)
    const names = ['anna', 'paul', 'lena', 'nemo', 'anna@example.org', 'paul@example.net']
    // Connections are opened, and the rules for lock-outs are read.
    for (const name of ['anna', 'paul']) await scene.enter(name, 'guess')
    for (const name of names) assert.deepEqual(await scene.measure(name, 'guess'), once, name)
    assert.equal(await scene.enter('anna', password), 'finished')
    assert.equal(await scene.enter('paul', password), 'finished')
    for (const name of names) {
      assert.deepEqual(await scene.measure(name, 'guess'), once, `${name}, who is known now`)
    }
  })

  test(`A15: an attempt that has to wait causes as many directory requests as any other attempt (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(t, db)
    for (let n = 0; n < 6; n += 1) await scene.enter('paul', `guess ${n}`)
    assert.deepEqual(await scene.measure('paul@example.net', 'guess'), once)
    assert.deepEqual(await scene.measure('nemo@example.net', 'guess'), once)
  })
})
