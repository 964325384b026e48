/**
 * A backup: all rows of a database of either engine in one SQLite file, with a note of when and from what it was made. Owns how
 * such a file is written, authenticated, read back and staged for a restore. Encryption is in age.ts; what stays valid after a restore is in
 * ../epoch.ts.
 */
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { equalInConstantTime, hmac } from '../../kernel/crypto.ts'
import { Fault } from '../../kernel/fault.ts'
import { silentLog } from '../../kernel/log.ts'
import type { Database } from '../database.ts'
import { fromSqlite } from '../errors.ts'
import type { StorageConfig } from '../open.ts'
import { openSqlite } from '../sqlite.ts'
import { requireThere } from './files.ts'
import { openTables } from './open-tables.ts'
import { createSchemaFile } from './schema-file.ts'
import { openFile, openSqliteTables } from './sqlite-tables.ts'
import { copyRows, noteTable, type OnRows, sumTables, type TableStore } from './table-store.ts'

/** Milliseconds, up to the last one that a Date can be (ECMA-262, 21.4.1.1). */
const pointInTime = z.int().nonnegative().max(8_640_000_000_000_000)

const noteShape = z.object({
  format: z.literal(1),
  /** Milliseconds since the epoch: what was committed later is not in the backup. */
  madeAt: pointInTime,
  engine: z.enum(['sqlite', 'postgres']),
  sums: z
    .array(z.object({ table: z.string(), rows: z.number().int(), digest: z.string() }))
    .readonly(),
})

export type BackupNote = z.output<typeof noteShape>

export interface WriteBackupOptions {
  readonly storage: StorageConfig
  /** A new file. */
  readonly file: string
  readonly now: () => number
  readonly onRows?: OnRows
  /** Looks at the database in the file before it is closed. Resolves with the key that authenticates the backup. */
  readonly inspect: (db: Database) => Promise<Uint8Array>
}

/** Writes a backup and reads it back. A server may write meanwhile. After an error the file is unusable. */
export async function writeBackup(options: WriteBackupOptions): Promise<BackupNote> {
  const { storage, file, now, onRows, inspect } = options
  // Taken before the snapshot: the backup must not claim what is committed in between.
  const madeAt = now()
  const source = await openTables(storage, 'read')
  try {
    await createSchemaFile(file, source.migrations)
    const target = await openSqliteTables(file, 'write')
    try {
      const sums = await copyRows(source, target, onRows)
      await target.commit()
      const note = { format: 1, madeAt, engine: source.engine, sums } as const
      await target.close()
      const key = await inspectFile(file, inspect)
      const text = JSON.stringify(note)
      // Not of the rows of the file: others may be able to write where it is.
      const stored = { text, mac: await computeMac(source, text, key) }
      writeNote(file, stored)
      await readBack(file, stored, key)
      return note
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function inspectFile<Result>(
  file: string,
  inspect: (db: Database) => Promise<Result>,
): Promise<Result> {
  const database = await openSqlite({ file, log: silentLog })
  try {
    return await inspect(database.db)
  } finally {
    await database.close()
  }
}

/** The note as it is stored. `mac` is absent in a file that no key authenticates. */
interface StoredNote {
  readonly text: string
  readonly mac?: string
}

/** HMAC-SHA256 (RFC 2104) of the note, of all rows and of the schema that gives them their meaning, in base64url. */
async function computeMac(store: TableStore, note: string, key: Uint8Array): Promise<string> {
  const sums = JSON.stringify(await sumTables(store, key))
  return hmac(key, [note, sums, store.migrations.at(-1)].join('\n'))
}

async function isAuthentic(
  file: string,
  { text, mac }: Required<StoredNote>,
  key: Uint8Array,
): Promise<boolean> {
  const store = await openSqliteTables(file, 'read')
  try {
    return equalInConstantTime(mac, await computeMac(store, text, key))
  } finally {
    await store.close()
  }
}

function writeNote(file: string, { text, mac }: Required<StoredNote>): void {
  const database = new DatabaseSync(file)
  try {
    database.exec(`CREATE TABLE ${noteTable} (note TEXT NOT NULL, mac TEXT NOT NULL) STRICT`)
    database.prepare(`INSERT INTO ${noteTable} (note, mac) VALUES (?, ?)`).run(text, mac)
    // One file, readable also on a read-only medium.
    database.exec('PRAGMA journal_mode = DELETE')
  } catch (error) {
    throw fromSqlite(error)
  } finally {
    database.close()
  }
}

async function readBack(
  file: string,
  stored: Required<StoredNote>,
  key: Uint8Array,
): Promise<void> {
  checkFile(file)
  if (await isAuthentic(file, stored, key)) return
  throw new Fault('conflict', 'The backup does not read as it was written.')
}

/** Throws `Fault('conflict')` when the file is damaged, `Fault('unavailable')` when it cannot be read at all. */
function checkFile(file: string): void {
  const database = openFile(file, 'read')
  try {
    // Such a table has a program of its own that reads it, also for the check below. No migration makes one.
    const virtual = "SELECT 1 FROM sqlite_schema WHERE sql LIKE '%virtual%'"
    if (database.prepare(virtual).get() !== undefined) throw damaged('it has a virtual table')
    const [found] = database.prepare('PRAGMA integrity_check(1)').all()
    if (found?.integrity_check !== 'ok') throw damaged(`${found?.integrity_check}`)
    if (database.prepare('PRAGMA foreign_key_check').get() !== undefined)
      throw damaged('rows refer to rows that are not there')
  } catch (error) {
    throw fromSqlite(error)
  } finally {
    database.close()
  }
}

const damaged = (reason: string): Fault =>
  new Fault('conflict', `The backup is damaged: ${reason}.`)

function readBackup(file: string): StoredNote | undefined {
  try {
    checkFile(file)
    return readNote(file)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'unavailable') throw error
    const reason = error.cause instanceof Error ? error.cause.message : error.message
    throw new Fault('conflict', `${file} is no backup that can be read: ${reason}.`, {
      cause: error,
    })
  }
}

/** `undefined`: the file is a plain copy of a database. */
function readNote(file: string): StoredNote | undefined {
  const database = openFile(file, 'read')
  try {
    const table = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(noteTable)
    if (table === undefined) return undefined
    const row = database.prepare(`SELECT * FROM ${noteTable}`).get()
    const mac = row?.mac
    return { text: `${row?.note}`, ...(typeof mac === 'string' && { mac }) }
  } catch (error) {
    throw fromSqlite(error)
  } finally {
    database.close()
  }
}

/** Throws `Fault('conflict')` when the note cannot be read. */
function parseNote(text: string): BackupNote {
  try {
    return noteShape.parse(JSON.parse(text))
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      throw damaged('its note cannot be read')
    throw error
  }
}

export interface StageOptions {
  /** Whether a file is used that no key authenticates. */
  readonly acceptUnverified: boolean
  /** Resolves with the key that authenticates the backup, from its database. */
  readonly findKey: (db: Database) => Promise<Uint8Array>
  readonly onRows?: OnRows
}

export interface StagedBackup {
  /** `undefined`: the file is a plain copy of a database. */
  readonly note: BackupNote | undefined
  /** Whether the backup was made with the same keys and is unchanged. */
  readonly isVerified: boolean
}

/**
 * Copies the rows of a backup into a new file whose schema this program makes, so that nothing else, such as a trigger, comes
 * with them. Compares the rows with the note, and both with their authentication code. Reads the rows for that from the new
 * file: others may be able to change the backup meanwhile.
 */
export async function stageBackup(
  backup: string,
  staged: string,
  { acceptUnverified, findKey, onRows }: StageOptions,
): Promise<StagedBackup> {
  await requireThere(backup)
  const stored = readBackup(backup)
  const note = stored && parseNote(stored.text)
  if (stored?.mac === undefined && !acceptUnverified) throw unverified(backup)
  await stageRows(backup, staged, { note, onRows })
  const key = await inspectFile(staged, findKey)
  if (stored?.mac === undefined) return { note, isVerified: false }
  if (!(await isAuthentic(staged, { text: stored.text, mac: stored.mac }, key)))
    throw damaged('it was changed, or made with other keys')
  return { note, isVerified: true }
}

const unverified = (file: string): Fault =>
  new Fault(
    'conflict',
    `${file} may be forged: it has no authentication code of this key file, as a plain copy of a database has none. Restore it with --unverified only if you know that nobody else could change it.`,
  )

async function stageRows(
  backup: string,
  staged: string,
  { note, onRows }: { readonly note: BackupNote | undefined; readonly onRows: OnRows | undefined },
): Promise<void> {
  const source = await openSqliteTables(backup, 'read')
  try {
    await createSchemaFile(staged, source.migrations)
    const target = await openSqliteTables(staged, 'write')
    try {
      const sums = await copyRows(source, target, onRows)
      if (note !== undefined && JSON.stringify(note.sums) !== JSON.stringify(sums))
        throw damaged('its rows are not those that it was made with')
      await target.commit()
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}
