/** Databases that earlier programs left, as this one finds them: brought up to date, and people go on with what they have. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findPort } from '../scripts/testing/ports.ts'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { verifyAudit } from '../src/identity/audit/verify.ts'
import { start } from '../src/main.ts'
import { configSchema } from '../src/platform/config/schema.ts'
import { silentLog as log } from '../src/platform/kernel/log.ts'
import { openTables } from '../src/platform/storage/backup/open-tables.ts'
import { sumTables } from '../src/platform/storage/backup/table-store.ts'
import { migrate, migrations } from '../src/platform/storage/migrate.ts'
import {
  lookAtSchema,
  openDatabase,
  openEngine,
  type StorageConfig,
} from '../src/platform/storage/open.ts'
import {
  type FixtureFacts,
  listFixtures,
  readFacts,
  restoreFixture,
  showCode,
} from './support/schema-fixture.ts'
import { enterPassword } from './support/way-in.ts'

async function countRows(storage: StorageConfig): Promise<Map<string, number>> {
  const store = await openTables(storage, 'read')
  try {
    return new Map((await sumTables(store)).map(({ table, rows }) => [table, rows]))
  } finally {
    await store.close()
  }
}

/**
 * A node a minute after the database was left. PostgreSQL has the time of today, which the node calls an error as soon as it
 * looks: `errors` has all but that.
 */
async function startNode(
  t: TestContext,
  storage: StorageConfig,
  facts: FixtureFacts,
  lines: string[] = [],
) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  const keyFile = join(folder, 'einlass.key')
  await writeFile(keyFile, facts.keyFile, { mode: 0o600 })
  const errors: unknown[] = []
  const port = await findPort()
  const config = configSchema.parse({ listen: { port }, storage, key_file: keyFile })
  const clock = { now: () => facts.at + 60_000 }
  const publicUrl = `http://127.0.0.1:${port}`
  const heard = {
    ...log,
    info: (_: object, message: string) => void lines.push(message),
    error(entry: object, message: string) {
      if (!message.startsWith('the clock of this node differs')) errors.push(entry)
    },
  }
  t.after(() => rm(folder, { recursive: true, force: true }))
  const running = await start({ config, publicUrl, log: heard, clock })
  t.after(() => running.stop())
  const { database, keyring } = running.parts.platform
  return { publicUrl, clock, errors, keyring, ...database }
}

type Node = Awaited<ReturnType<typeof startNode>>

/** A browser that was logged in still is, both factors are what they were, and an app gets its tokens. */
async function goOn({ publicUrl, clock }: Node, facts: FixtureFacts): Promise<void> {
  const earlier = createPlainBrowser(publicUrl)
  for (const pair of facts.cookies.split('; ')) {
    const at = pair.indexOf('=')
    earlier.setCookie(pair.slice(0, at), pair.slice(at + 1))
  }
  assert.equal((await earlier.get('/')).status, 200)

  const { app, refreshToken } = facts
  const tokens = await fetch(`${publicUrl}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${app.id}:${app.secret}`)}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
  })
  assert.equal(tokens.status, 200, await tokens.clone().text())

  const browser = createPlainBrowser(publicUrl)
  const wrong = await enterPassword(browser, { ...facts, password: 'Sonnenschirm im Juni' })
  assert.match(wrong.text, /name="password"/)
  const page = await enterPassword(browser, facts)
  const code = showCode(facts.totpKey, clock.now())
  await browser.answer(page, { action: 'confirm', code })
  assert.equal((await browser.get('/')).status, 200)
}

for (const name of await listFixtures()) {
  onEachEngine((engine) => {
    test(`a database of schema ${name} is migrated to the newest schema, and its users continue (${engine.name})`, async (t) => {
      const storage = await engine.findPlace(t)
      await restoreFixture(name, storage)
      const before = await countRows(storage)
      assert.deepEqual(
        [...before].filter(([, rows]) => rows === 0),
        [],
        'a table without a row',
      )
      await (await openDatabase({ storage, log })).close()
      assert.deepEqual(await lookAtSchema({ storage, log }), { type: 'current' })
      const after = await countRows(storage)
      for (const [table, rows] of before) assert.ok((after.get(table) ?? 0) >= rows, table)

      const facts = await readFacts(name)
      const node = await startNode(t, storage, facts)
      await goOn(node, facts)
      assert.equal((await verifyAudit(node.db, node.keyring)).type, 'intact')
      assert.deepEqual(node.errors, [])
    })
  })
}

onEachEngine((engine) => {
  test(`users of the current release continue while a newer program expands the database (${engine.name})`, async (t) => {
    const name = (await listFixtures()).at(-1) ?? ''
    const storage = await engine.findPlace(t)
    await restoreFixture(name, storage)
    await (await openDatabase({ storage, log })).close()
    const facts = await readFacts(name)
    const node = await startNode(t, storage, facts)
    const newer = await openEngine({ storage, log })
    t.after(() => newer.close())
    const list = {
      ...migrations,
      '900-expanding': {
        up: (db: typeof newer.db) =>
          db.schema
            .alterTable('users')
            .addColumn('later', 'integer', (column) => column.notNull().defaultTo(0))
            .execute(),
      },
    }
    assert.deepEqual(await migrate(newer, { list }), ['900-expanding'])
    await goOn(node, facts)
    assert.deepEqual(node.errors, [])
  })

  test(`a start migrates an older database on SQLite, and on PostgreSQL if that is configured (${engine.name})`, async (t) => {
    const name = (await listFixtures())[0] ?? ''
    const storage = await engine.findPlace(t)
    await restoreFixture(name, storage)
    const facts = await readFacts(name)
    const lines: string[] = []
    if (storage.type === 'postgres') {
      await assert.rejects(startNode(t, storage, facts), { code: 'wrong_schema' })
      assert.equal((await lookAtSchema({ storage, log })).type, 'older')
    }
    const wanted = storage.type === 'postgres' ? { ...storage, migrate: true } : storage
    const node = await startNode(t, wanted, facts, lines)
    assert.deepEqual(await lookAtSchema({ storage, log }), { type: 'current' })
    assert.deepEqual(lines, ['the database has a new schema'])
    await goOn(node, facts)
  })
})
