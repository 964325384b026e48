/**
 * Lists the migrations that a database has and those that this program knows. Loads none, as most starts have nothing to apply.
 */
import { readdir } from 'node:fs/promises'
import { sql } from 'kysely'
import type { OpenDatabase } from './database.ts'

const table = 'kysely_migration'
/** The npm package has them as JavaScript. */
const migrationFile = /^(\d{3}-.+)\.[jt]s$/

/** Names in order. `undefined`: no migration was ever applied here. */
export async function appliedMigrations({
  db,
  engine,
}: Pick<OpenDatabase, 'db' | 'engine'>): Promise<readonly string[] | undefined> {
  const { rows: tables } =
    engine === 'postgres'
      ? await sql`select 1 where to_regclass(quote_ident(current_schema()) || '.' || ${table}) is not null`.execute(
          db,
        )
      : await sql`select 1 from sqlite_master where name = ${table}`.execute(db)
  if (tables.length === 0) return undefined
  const { rows } = await sql<{
    name: string
  }>`select name from ${sql.table(table)} order by name`.execute(db)
  return rows.map(({ name }) => name)
}

/** Names in order. */
export const knownMigrations = nameMigrations(new URL('./migrations/', import.meta.url))

/**
 * Reads the folder once. An update may put the files of a newer program there while this one runs; they must not change what
 * this one knows.
 */
export function nameMigrations(folder: URL): () => Promise<readonly string[]> {
  let names: readonly string[] | undefined
  return async () => {
    names ??= (await readdir(folder)).flatMap((file) => migrationFile.exec(file)?.[1] ?? []).sort()
    return names
  }
}
