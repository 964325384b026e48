/**
 * For tests: registers them once per engine. SQLite runs on a real file in a temporary folder; PostgreSQL runs in a
 * database of its own per test, emptied and used again, when EINLASS_TEST_POSTGRES holds the URL of a server where
 * databases may be created.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { after } from 'node:test'
import pg from 'pg'
import { silentLog } from '../../platform/kernel/log.ts'
import type { EngineName, OnQuery, OpenDatabase } from '../../platform/storage/database.ts'
import type { StorageConfig } from '../../platform/storage/open.ts'
import { openDatabase } from '../../platform/storage/open.ts'

/** A test, or whatever else has an end. */
export type Scope = Pick<TestContext, 'after'>

export interface Engine {
  readonly name: EngineName
  /** A fresh migrated database, closed and deleted after the test. */
  open(t: Scope, onQuery?: OnQuery): Promise<OpenDatabase>
  /** The same with its storage configuration, for code that opens the database itself. */
  openPlace(t: Scope): Promise<{ readonly database: OpenDatabase; readonly storage: StorageConfig }>
  /** The same data opened twice, as two nodes or two processes would. */
  openTwice(t: Scope): Promise<[OpenDatabase, OpenDatabase]>
  /** The configuration of a database that does not exist yet. Deleted after the test. */
  findPlace(t: Scope): Promise<StorageConfig>
}

/** Calls `register` for every engine that can be tested here. */
export function onEachEngine(register: (engine: Engine) => void): void {
  register(createEngine('sqlite', createSqliteFile, findFile))
  const url = process.env.EINLASS_TEST_POSTGRES
  if (url === undefined) return
  register(
    createEngine(
      'postgres',
      () => takePostgresDatabase(url),
      (t) => findEmpty(t, url),
    ),
  )
  after(() => dropPostgresDatabases(url))
}

function createEngine(
  name: EngineName,
  create: () => Promise<Place>,
  findPlace: Engine['findPlace'],
): Engine {
  const openTimes = async (t: Scope, times: number, onQuery?: OnQuery) => {
    const { storage, leave } = await create()
    const opened: OpenDatabase[] = []
    t.after(async () => {
      await Promise.all(opened.map((database) => database.close()))
      await leave()
    })
    for (let i = 0; i < times; i++) {
      opened.push(await openDatabase({ storage, log: silentLog, ...(onQuery && { onQuery }) }))
    }
    return { opened, storage }
  }
  return {
    name,
    open: async (t, onQuery) => (await openTimes(t, 1, onQuery)).opened[0] as OpenDatabase,
    async openPlace(t) {
      const { opened, storage } = await openTimes(t, 1)
      return { database: opened[0] as OpenDatabase, storage }
    },
    openTwice: async (t) => (await openTimes(t, 2)).opened as [OpenDatabase, OpenDatabase],
    findPlace,
  }
}

interface Place {
  readonly storage: StorageConfig
  /** Called when every connection to it was closed. */
  leave(): Promise<void>
}

async function createSqliteFile(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  const file = join(folder, 'einlass.db')
  await writeEmptyDatabase(file)
  return {
    storage: { type: 'sqlite', file },
    leave: () => rm(folder, { recursive: true, force: true }),
  }
}

async function findFile(t: Scope): Promise<StorageConfig> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return { type: 'sqlite', file: join(folder, 'einlass.db') }
}

async function findEmpty(t: Scope, server: string): Promise<StorageConfig> {
  const url = await createPostgresDatabase(server)
  t.after(() => dropPostgresDatabase(server, url))
  return { type: 'postgres', url }
}

let migrated: Promise<Buffer> | undefined

/** Writes a SQLite database with the newest schema. It is migrated once in a process: that takes longer than most tests. */
export async function writeEmptyDatabase(file: string): Promise<void> {
  migrated ??= migrateOnce()
  await writeFile(file, await migrated)
}

async function migrateOnce(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-test-'))
  try {
    const file = join(folder, 'einlass.db')
    const { close } = await openDatabase({ storage: { type: 'sqlite', file }, log: silentLog })
    await close()
    return await readFile(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Emptied databases of finished tests, for reuse. Creating and dropping one takes PostgreSQL longer than most tests. */
const idle: string[] = []

async function takePostgresDatabase(server: string): Promise<Place> {
  const url = idle.pop() ?? (await createPostgresDatabase(server))
  return {
    storage: { type: 'postgres', url },
    async leave() {
      await administer(url, emptyTables)
      idle.push(url)
    },
  }
}

async function createPostgresDatabase(server: string): Promise<string> {
  const name = `einlass_test_${randomUUID().replaceAll('-', '')}`
  await administer(server, `create database ${name} template template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

const emptyTables = `
  delete from user_groups;
  delete from user_attributes;
  delete from second_factor_choices;
  delete from sessions;
  delete from journeys;
  delete from proofs;
  delete from push_devices;
  delete from totp_authenticators;
  delete from spent_challenges;
  delete from spent_tickets;
  delete from push_registrations;
  delete from push_challenges;
  delete from users;
  delete from apps;
  delete from registration_tokens;
  delete from provisioning_tokens;
  delete from provisioned_groups;
  delete from participants;
  delete from logout_queue;
  delete from oidc_records;
  delete from saml_requests;
  delete from saml_metadata;
  delete from signing_keys;
  delete from node_keys;
  delete from throttles;
  delete from directory_outages;
  delete from one_time_links;
  delete from settings;
  delete from mail_queue;
  delete from reset_requests;
  delete from event_queue;
  delete from audit_receivers;
  delete from audit_events;
  delete from audit_head;
  insert into audit_head (id, seq, hash) values (1, 0, '');
  delete from audit_replacements;
  update audit_checkpoint set seq = 0, hash = '', is_keyed = 0, erasures = '{}', made_at = 0, mac = '', changes = 0`

async function dropPostgresDatabases(server: string): Promise<void> {
  for (const url of idle.splice(0)) await dropPostgresDatabase(server, url)
}

async function dropPostgresDatabase(server: string, url: string): Promise<void> {
  await administer(server, `drop database ${new URL(url).pathname.slice(1)} with (force)`)
}

async function administer(url: string, statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statements)
  } finally {
    await client.end()
  }
}
