// A full disk is a few lines of the log, however many requests it refuses.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser, readForm } from '../src/dev/test-support/plain-browser.ts'
import { Fault } from '../src/platform/kernel/fault.ts'
import type { Database } from '../src/platform/storage/database.ts'
import { erika, startInProcess } from './support/in-process.ts'

const tables = ['journeys', 'throttles', 'audit_events', 'settings', 'sessions']

const refuse = `create function refuse() returns trigger language plpgsql as
  $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$`

/** Lets the engine itself refuse writes as on a full disk, and returns what makes space again. */
const fill = {
  async sqlite(db: Database) {
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db)
    const limit = (pages: number) => sql.raw(`pragma max_page_count = ${pages}`).execute(db)
    await limit(rows[0]?.page_count ?? 0)
    return () => limit(1_000_000)
  },
  async postgres(db: Database) {
    await sql.raw(refuse).execute(db)
    for (const table of tables) {
      const when = `before insert or update on ${table} for each row`
      await sql.raw(`create trigger refuse ${when} execute function refuse()`).execute(db)
    }
    return () => sql`drop function refuse cascade`.execute(db)
  },
}

onEachEngine(({ name, findPlace }) => {
  test(`a full disk is one line of the log for each kind of failure, and logins work again when there is space (${name})`, async (t) => {
    const place = await findPlace(t)
    const server = await startInProcess(t, { storage: { ...place, migrate: true } })
    const logIn = async (): Promise<number> => {
      const browser = createPlainBrowser(server.publicUrl)
      const page = await browser.get('/login')
      return (await browser.post('/login', { ...readForm(page).hidden, ...erika })).status
    }
    const logInAtOnce = () => Promise.all([logIn(), logIn(), logIn(), logIn()])
    const makeSpace = await fill[name](server.db)
    const statuses: number[] = []
    for (let round = 0; round < 10; round += 1) statuses.push(...(await logInAtOnce()))
    const refused = statuses.filter((status) => status === 503).length
    assert.ok(refused >= 30, `${refused} of ${statuses.length} were refused`)
    const lines = [...server.errors, ...server.warnings]
    const texts = lines.map(({ message }) => message)
    assert.deepEqual(texts.toSorted(), [...new Set(texts)].toSorted())
    assert.ok(texts.includes('a request could not be answered'))
    const codes = lines.map((line) => findCode(line.entry))
    assert.ok(codes.includes(name === 'sqlite' ? 13 : '53100'), JSON.stringify(codes))

    await makeSpace()
    assert.deepEqual(await logInAtOnce(), [303, 303, 303, 303])
  })
})

/** What the database said, for the operator. */
function findCode(entry: { readonly error?: unknown; readonly details?: object }): unknown {
  const { code }: { code?: unknown } =
    entry.details ?? (entry.error instanceof Fault ? entry.error.details : {})
  return code
}
