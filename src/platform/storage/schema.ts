/**
 * Decides whether this program may use a database as it is. A migration normally only expands, so that earlier programs go on
 * working. A migration that contracts names the oldest program that may still use the database, and the database stores that
 * name. Owns the comparison and its words; migrate.ts changes the schema.
 */
import { z } from 'zod'
import { type Clock, seconds } from '../kernel/clock.ts'
import { Fault } from '../kernel/fault.ts'
import { readVersion } from '../kernel/version.ts'
import { appliedMigrations, knownMigrations } from './applied.ts'
import type { Database, OpenDatabase } from './database.ts'
import { writeSetting } from './settings.ts'

/** What a program has to be to use a database. */
export interface OldestProgram {
  /** The name of a migration that the program has to know. */
  readonly migration: string
  /** The first release that knows it, for messages. */
  readonly version: string
}

export type Schema =
  | { readonly type: 'current' }
  | { readonly type: 'empty' | 'older'; readonly missing: readonly string[] }
  /** The database has the schema of a later program; this one may use it. */
  | { readonly type: 'newer'; readonly unknown: readonly string[] }
  | {
      readonly type: 'too_new'
      readonly unknown: readonly string[]
      /** Absent: unknown, or its migrations do not follow those of this program. */
      readonly oldest: OldestProgram | undefined
    }

/** Milliseconds for which a schema that fits is not checked again. */
const trusted = seconds(5)

/**
 * The returned check rejects with the problem when this program may no longer use the database, because another one changed it.
 */
export function createSchemaCheck(
  database: Pick<OpenDatabase, 'db' | 'engine'>,
  clock: Clock,
): () => Promise<void> {
  let fittedAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (Math.abs(clock.now() - fittedAt) < trusted) return
    const schema = await readSchema(database)
    if (schema.type === 'empty') throw new Fault('wrong_schema', 'The database is empty.')
    const fault = explainSchema(schema, 'of this server')
    if (fault !== undefined) throw fault
    fittedAt = clock.now()
  }
}

/** The row of `settings` that has the oldest program; absent until a migration contracts. */
const oldestName = 'oldest_program'

const oldestSchema = z.strictObject({ migration: z.string(), version: z.string() })

export async function readSchema(database: Pick<OpenDatabase, 'db' | 'engine'>): Promise<Schema> {
  const known = await knownMigrations()
  const applied = await appliedMigrations(database)
  if (applied === undefined || applied.length === 0) return { type: 'empty', missing: known }
  const unknown = applied.filter((name) => !known.includes(name))
  const missing = known.filter((name) => !applied.includes(name))
  if (unknown.length === 0) {
    return missing.length === 0 ? { type: 'current' } : { type: 'older', missing }
  }
  if (missing.length > 0) return { type: 'too_new', unknown, oldest: undefined }
  const row = await findOldestProgram(database.db)
  if (row === undefined) return { type: 'newer', unknown }
  const oldest = readOldest(row.value)
  // A value that cannot be read comes from a program that this one does not know.
  const isUsable = oldest !== undefined && known.includes(oldest.migration)
  return isUsable ? { type: 'newer', unknown } : { type: 'too_new', unknown, oldest }
}

async function findOldestProgram(db: Database): Promise<{ readonly value: string } | undefined> {
  return await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', oldestName)
    .executeTakeFirst()
}

function readOldest(text: string): OldestProgram | undefined {
  try {
    return oldestSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** From then on, older programs refuse the database. */
export async function setOldestProgram(db: Database, oldest: OldestProgram): Promise<void> {
  await writeSetting(db, oldestName, oldest)
}

/** `Fault('wrong_schema')`, which says what to do, for a database that this program may not use as it is. */
export function explainSchema(schema: Schema, place: string): Fault | undefined {
  if (schema.type === 'older') return new Fault('wrong_schema', olderText(schema.missing, place))
  if (schema.type !== 'too_new') return undefined
  return new Fault('wrong_schema', newerText(schema.unknown, schema.oldest, place))
}

const olderText = (missing: readonly string[], place: string): string =>
  `The database ${place} has the schema of an older Einlass; missing: ${listNames(missing)}. Nothing was changed.
"einlass migrate" brings it to this one, and "einlass migrate --dry-run" lists what that would do. With SQLite the next start of
"einlass serve" does it too, with PostgreSQL if storage.migrate is true.`

function newerText(
  unknown: readonly string[],
  oldest: OldestProgram | undefined,
  place: string,
): string {
  const remedy =
    oldest === undefined
      ? 'Use the program that has them'
      : `It is for Einlass ${oldest.version} and newer: use one of those`
  return `The database ${place} is of another Einlass than this one (${readVersion()}), which does not know ${listNames(unknown)}. Nothing was changed.
${remedy}, or restore a backup that was made before the upgrade.`
}

function listNames(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names[0]} to ${names.at(-1)} (${names.length})`
}
