/** Which migrations a database has and which this program knows, without loading them: most starts find nothing to do. */
import { readdir } from 'node:fs/promises'
import { sql } from 'kysely'
import type { OpenDatabase } from './database.ts'

const table = 'kysely_migration'
/** In the package for npm they are JavaScript. */
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
 * The folder is read once: an update puts the files of another program there while this one runs, and they change nothing of
 * what this one knows.
 */
export function nameMigrations(folder: URL): () => Promise<readonly string[]> {
  let names: readonly string[] | undefined
  return async () => {
    names ??= (await readdir(folder)).flatMap((file) => migrationFile.exec(file)?.[1] ?? []).sort()
    return names
  }
}
