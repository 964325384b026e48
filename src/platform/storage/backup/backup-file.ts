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
import { keyringRows } from '../keys.ts'
import type { StorageConfig } from '../open.ts'
import { openSqlite } from '../sqlite.ts'
import { requireThere } from './files.ts'
import { openTables } from './open-tables.ts'
import { createSchemaFile } from './schema-file.ts'
import { openFile, openSqliteTables } from './sqlite-tables.ts'
import {
  copyRows,
  noteTable,
  type OnRows,
  type Row,
  requireSums,
  streamRows,
  type TableStore,
  type TableSum,
} from './table-store.ts'

/** Milliseconds, up to the last one that a Date can be (ECMA-262, 21.4.1.1). */
const pointInTime = z.int().nonnegative().max(8_640_000_000_000_000)

const noteShape = z.object({
  format: z.literal(2),
  /** Milliseconds since the epoch: what was committed later is not in the backup. */
  madeAt: pointInTime,
  engine: z.enum(['sqlite', 'postgres']),
  /** The last migration, which gives the rows their meaning. */
  schema: z.string(),
  /** Each digest is an authentication code of a sum: sums alone would show the hash of a row to a person who compares two backups. */
  sums: z
    .array(
      z.object({
        table: z.string(),
        rows: z.int().nonnegative(),
        size: z.int().nonnegative(),
        digest: z.string(),
      }),
    )
    .readonly(),
})

export type BackupNote = z.output<typeof noteShape>

export interface WriteBackupOptions {
  readonly storage: StorageConfig
  /** A new file. */
  readonly file: string
  readonly now: () => number
  readonly onRows?: OnRows
  /** Resolves with the key that authenticates the backup, from a database that has only the rows about sealing keys. */
  readonly findKey: (db: Database) => Promise<Uint8Array>
  /** Looks at the whole database in the file before it is read back. */
  readonly inspect: (db: Database) => Promise<void>
}

/** Writes a backup and reads it back. A server may write meanwhile. After an error the file is unusable. */
export async function writeBackup(options: WriteBackupOptions): Promise<BackupNote> {
  const { storage, file, now, onRows, findKey, inspect } = options
  // Taken before the snapshot: the backup must not claim what is committed in between.
  const madeAt = now()
  const source = await openTables(storage, 'read')
  try {
    await createSchemaFile(file, source.migrations)
    const key = await openKey(source, file, findKey)
    const sums = await inTables(file, (target) => streamRows(source, target, { onRows, key }))
    await inspectFile(file, inspect)
    const { engine } = source
    const schema = source.migrations.at(-1) ?? ''
    const note = { format: 2, madeAt, engine, schema, sums: hideSums(sums, key) } as const
    // Not of the rows of the file: others may be able to write where it is.
    const text = JSON.stringify(note)
    writeNote(file, { text, mac: computeMac(text, key) })
    await readBack(file, sums, key)
    return note
  } finally {
    await source.close()
  }
}

/** Replaces the rows of a file whose schema exists. */
async function inTables<Result>(
  file: string,
  write: (target: TableStore) => Promise<Result>,
): Promise<Result> {
  const target = await openSqliteTables(file, 'write')
  try {
    const result = await write(target)
    await target.commit()
    return result
  } finally {
    await target.close()
  }
}

/** Opens the key before any other row is copied: what follows can be authenticated, or is, while it is read. */
async function openKey(
  source: TableStore,
  file: string,
  findKey: (db: Database) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  await inTables(file, (target) => copySealingRows(source, target))
  return await inspectFile(file, findKey)
}

/** No row that Einlass writes there is longer. A forged backup can have any. */
const longestSealingRow = 1_000_000

async function copySealingRows(source: TableStore, target: TableStore): Promise<void> {
  const table = target.tables.find(({ name }) => name === 'settings')
  const given = source.tables.find(({ name }) => name === 'settings')
  if (table === undefined || table.columns.join() !== given?.columns.join()) return
  const at = table.columns.indexOf('name')
  const wanted = new Map<string, Row>()
  for await (const rows of source.read(table))
    for (const row of rows) {
      const name = `${row[at]}`
      if (keyringRows.includes(name) && JSON.stringify(row).length < longestSealingRow)
        wanted.set(name, row)
    }
  await target.empty()
  await target.write(table, [...wanted.values()])
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

/** The note as it is stored. */
interface StoredNote {
  readonly text: string
  readonly mac: string
}

/** HMAC-SHA256 (RFC 2104), in base64url. Texts of rows and of sums begin differently, so this is a code of a note alone. */
const computeMac = (note: string, key: Uint8Array): string => hmac(key, note)

const hideSums = (sums: readonly TableSum[], key: Uint8Array): BackupNote['sums'] =>
  sums.map(({ table, rows, size, digest }) => ({
    ...{ table, rows, size },
    digest: hmac(key, `sum ${JSON.stringify([table, rows, size, digest])}`),
  }))

function writeNote(file: string, { text, mac }: StoredNote): void {
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

async function readBack(file: string, sums: readonly TableSum[], key: Uint8Array): Promise<void> {
  checkFile(file)
  const store = await openSqliteTables(file, 'read')
  try {
    await requireSums(store, sums, key)
  } finally {
    await store.close()
  }
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

/** No note of Einlass is longer. */
const longestNote = 1_000_000

/** `undefined`: the file is a plain copy of a database. */
function readNote(file: string): StoredNote | undefined {
  const database = openFile(file, 'read')
  try {
    const find = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
    if (database.prepare(find).get(noteTable) === undefined) return undefined
    const isShort = `length(note) < ${longestNote} AND length(mac) < 100`
    const row = database.prepare(`SELECT note, mac FROM ${noteTable} WHERE ${isShort}`).get()
    if (row === undefined) throw damaged('its note cannot be read')
    return { text: `${row.note}`, mac: `${row.mac}` }
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
  /** As in `WriteBackupOptions`. */
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
 * with them. First verifies the note, and then copies no more than it announces: a forged file must not fill the disk. Sums up
 * the rows that it writes: others may be able to change the backup meanwhile.
 */
export async function stageBackup(
  backup: string,
  staged: string,
  { acceptUnverified, findKey, onRows }: StageOptions,
): Promise<StagedBackup> {
  await requireThere(backup)
  const stored = readBackup(backup)
  const note = stored && parseNote(stored.text)
  if (stored === undefined && !acceptUnverified) throw unverified(backup)
  const source = await openSqliteTables(backup, 'read')
  try {
    await createSchemaFile(staged, source.migrations)
    const key = await openKey(source, staged, findKey)
    if (stored !== undefined && !equalInConstantTime(stored.mac, computeMac(stored.text, key)))
      throw damaged('it was changed, or made with other keys')
    await inTables(staged, async (target) => {
      const sums = await copyRows(source, target, { onRows, key, announced: note?.sums })
      if (note !== undefined) requireNoted(note, hideSums(sums, key), source)
    })
    return { note, isVerified: note !== undefined }
  } finally {
    await source.close()
  }
}

function requireNoted(note: BackupNote, found: BackupNote['sums'], { migrations }: TableStore) {
  // The order of the tables may be another one in a later program.
  const describe = (sums: BackupNote['sums']): string =>
    sums
      .map(({ table, digest }) => `${table} ${digest}`)
      .sort()
      .join()
  if (note.schema !== migrations.at(-1) || describe(note.sums) !== describe(found))
    throw damaged('its rows are not those that it was made with')
}

const unverified = (file: string): Fault =>
  new Fault(
    'conflict',
    `${file} may be forged: it has no authentication code of this key file, as a plain copy of a database has none. Restore it with --unverified only if you know that nobody else could change it.`,
  )
