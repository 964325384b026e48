/**
 * Databases as earlier programs left them, in test/fixtures/schemas: for each the SQLite file, a dump of PostgreSQL with
 * the same rows, and what is known of the people in it. scripts/make-schema-fixture.ts makes them.
 */
import { glob, readFile, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { TOTP } from 'otpauth'
import pg from 'pg'
import type { StorageConfig } from '../../src/platform/storage/open.ts'

export const fixtureFolder = resolve(import.meta.dirname, '../fixtures/schemas')

/** What a person, a browser and an app know of it. Made for tests: nothing of it is secret. */
export interface FixtureFacts {
  /** When it was left, milliseconds. */
  readonly at: number
  readonly publicUrl: string
  /** The text of the key file. */
  readonly keyFile: string
  readonly username: string
  readonly password: string
  /** Of the code app, in base32. */
  readonly totpKey: string
  /** The cookies of a browser that is logged in. */
  readonly cookies: string
  readonly app: { readonly id: string; readonly secret: string; readonly redirectUri: string }
  readonly refreshToken: string
}

/** The names of all, oldest first: the number of the last migration of each. */
export async function listFixtures(): Promise<string[]> {
  const files = await Array.fromAsync(glob('*.json', { cwd: fixtureFolder }))
  return files.map((file) => basename(file, '.json')).sort()
}

export async function readFacts(name: string): Promise<FixtureFacts> {
  return JSON.parse(await readFile(join(fixtureFolder, `${name}.json`), 'utf8')) as FixtureFacts
}

/** Fills an empty place. */
export async function restoreFixture(name: string, storage: StorageConfig): Promise<void> {
  const read = async (ending: string) =>
    gunzipSync(await readFile(join(fixtureFolder, `${name}.${ending}.gz`)))
  if (storage.type === 'sqlite') {
    await writeFile(storage.file, await read('db'))
    return
  }
  const client = new pg.Client({ connectionString: storage.url })
  await client.connect()
  try {
    await client.query((await read('sql')).toString('utf8'))
  } finally {
    await client.end()
  }
}

/** As a code app shows it. */
export const showCode = (key: string, at: number): string =>
  new TOTP({ secret: key }).generate({ timestamp: at })
