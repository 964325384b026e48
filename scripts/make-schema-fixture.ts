/**
 * Writes the current schema into test/fixtures/schemas, for both databases, with rows in every table and a person who can still
 * log in: node scripts/make-schema-fixture.ts. Run once for each release; existing fixtures are never made again.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gzipSync } from 'node:zlib'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { silentLog as log } from '../src/platform/kernel/log.ts'
import { openTables } from '../src/platform/storage/backup/open-tables.ts'
import { copyRows } from '../src/platform/storage/backup/table-store.ts'
import { listMigrations } from '../src/platform/storage/migrate.ts'
import { openDatabase } from '../src/platform/storage/open.ts'
import { erika, startInProcess } from '../test/support/in-process.ts'
import { type FixtureFacts, fixtureFolder, showCode } from '../test/support/schema-fixture.ts'
import { enterPassword } from '../test/support/way-in.ts'
import { startPostgres } from './testing/postgres.ts'
import { execute } from './testing/steps.ts'

const at = Date.UTC(2026, 0, 5, 8)
/** Of PKCE. */
const verifier = 'a'.repeat(43)
const redirectUri = 'https://cloud.example.org/callback'

type End = () => unknown

async function fill(t: { after(end: End): void }): Promise<FixtureFacts & { file: string }> {
  const clock = { now: () => at }
  const { publicUrl, parts, db } = await startInProcess(t, { recovery_codes: 'enrolment' }, clock)
  const app = await createApps({ ...parts.platform, protocols }).create(db, {
    id: 'cloud',
    name: 'Cloud',
    settings: { redirectUris: [redirectUri] },
    policy: { secondFactor: 'none' },
  })
  await createUsers(parts.platform).create(db, {
    username: 'max',
    displayName: 'Max Muster',
  })
  const browser = createPlainBrowser(publicUrl)
  const form = await browser.answer(await enterPassword(browser, erika), { action: 'totp' })
  const key = /class="secret"[\s\S]*?<code[^>]*>([^<]+)</.exec(form.text)?.[1] ?? ''
  const totpKey = key.replaceAll(' ', '')
  let page = await browser.answer(form, { action: 'connect', code: showCode(totpKey, at) })
  for (const action of ['recovery', 'saved', 'left']) page = await browser.answer(page, { action })
  const secret = app.clientSecret ?? ''
  const facts = {
    ...{ at, publicUrl, ...erika, totpKey },
    app: { id: app.app.id, secret, redirectUri },
    refreshToken: await fetchRefreshToken({ publicUrl, browser, id: app.app.id, secret }),
    cookies: browser.cookieHeader(),
  }
  const { storage, key_file } = parts.config
  if (storage.type !== 'sqlite') throw new Error('no file')
  return { ...facts, keyFile: await readFile(key_file, 'utf8'), file: storage.file }
}

async function fetchRefreshToken({
  publicUrl,
  browser,
  id,
  secret,
}: {
  readonly publicUrl: string
  readonly browser: ReturnType<typeof createPlainBrowser>
  readonly id: string
  readonly secret: string
}): Promise<string> {
  const request = new URLSearchParams({
    ...{ client_id: id, redirect_uri: redirectUri, response_type: 'code' },
    ...{ scope: 'openid offline_access', prompt: 'consent' },
    ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url') },
    code_challenge_method: 'S256',
  })
  let reply = await browser.get(`/oidc/auth?${request}`)
  while (reply.location !== undefined && !reply.location.startsWith('/callback')) {
    reply = await browser.get(reply.location)
  }
  const found = /[?&]code=([^&"]+)/.exec(`${reply.location ?? ''} ${reply.text}`)?.[1]
  if (found === undefined) throw new Error(`no code at ${reply.location}`)
  const response = await fetch(`${publicUrl}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({
      ...{ grant_type: 'authorization_code', code: found, redirect_uri: redirectUri },
      code_verifier: verifier,
    }),
  })
  const { refresh_token: token } = (await response.json()) as { refresh_token?: string }
  if (token === undefined) throw new Error(`no refresh token: ${response.status}`)
  return token
}

/** The number of an event that is not in the audit log, so that the log stays valid. */
const noEvent = 0

/** Adds one row, long expired, to each table that has none. */
function fillTheRest(file: string): void {
  const database = new DatabaseSync(file)
  const list = (text: string, ...values: string[]) => database.prepare(text).all(...values)
  const tables = list(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%'",
  )
  let waiting = tables.map(({ name }) => String(name))
  while (waiting.length > 0) {
    const left = waiting.filter((table) => !addRow(database, table))
    if (left.length === waiting.length) throw new Error(`no row for ${left.join(', ')}`)
    waiting = left
  }
  database.exec('pragma wal_checkpoint(truncate); pragma journal_mode = delete; vacuum')
  database.close()
}

/** `false`: a row that this one has to refer to does not exist yet. */
function addRow(database: DatabaseSync, table: string): boolean {
  if (database.prepare(`select 1 from ${table}`).get() !== undefined) return true
  const references = database.prepare('select * from pragma_foreign_key_list(?)').all(table)
  const columns = database.prepare('select name, type from pragma_table_info(?)').all(table)
  const values = columns.map(({ name, type }) => {
    const reference = references.find(({ from }) => from === name)
    if (table === 'audit_replacements' && name === 'seq') return noEvent
    if (reference === undefined) return /int/i.test(String(type)) ? 1 : `fixture ${name}`
    // The last user, not the one who logs in: with a phone whose key cannot be read nobody can.
    const last = `select ${reference.to} as value from ${reference.table} order by rowid desc`
    const found = database.prepare(last).get()
    return found?.value as string | number | undefined
  })
  const known = values.filter((value) => value !== undefined)
  if (known.length < values.length) return false
  const marks = known.map(() => '?').join(', ')
  database.prepare(`insert into ${table} values (${marks})`).run(...known)
  return true
}

/** The same rows as a dump of PostgreSQL. */
async function dumpPostgres(file: string): Promise<string> {
  const postgres = await startPostgres()
  try {
    const { url } = postgres
    const { close } = await openDatabase({ storage: { type: 'postgres', url }, log })
    await close()
    const source = await openTables({ type: 'sqlite', file }, 'read')
    const target = await openTables({ type: 'postgres', url }, 'write')
    try {
      await copyRows(source, target)
      await target.commit()
    } finally {
      await source.close()
      await target.close()
    }
    const args = ['--inserts', '--no-owner', '--no-privileges', `--dbname=${url}`]
    const { code, output } = await execute('pg_dump', args, { folder: '/', timeout: 60_000 })
    if (code !== 0) throw new Error(output)
    // Commands only for psql.
    return output.replaceAll(/^\\.*$/gm, '')
  } finally {
    await postgres.close()
  }
}

async function make(): Promise<void> {
  const name = (listMigrations().at(-1) ?? '').slice(0, 3)
  const place = (ending: string) => join(fixtureFolder, `${name}.${ending}`)
  if (existsSync(place('json'))) throw new Error(`${place('json')} is there already`)
  const ends: End[] = []
  try {
    const { file, ...facts } = await fill({ after: (end) => void ends.push(end) })
    const copy = join(fixtureFolder, `${name}.db`)
    await mkdir(fixtureFolder, { recursive: true })
    const database = new DatabaseSync(file)
    database.prepare('vacuum into ?').run(copy)
    database.close()
    fillTheRest(copy)
    await writeFile(place('sql.gz'), gzipSync(await dumpPostgres(copy), { level: 9 }))
    await writeFile(place('db.gz'), gzipSync(await readFile(copy), { level: 9 }))
    await writeFile(place('json'), `${JSON.stringify(facts, undefined, 2)}\n`)
    await rm(copy)
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

await make()
