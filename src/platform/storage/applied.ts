/** Which migrations a database has and which this program knows, without loading them: most starts find nothing to do. */
import { readdir } from 'node:fs/promises'
import { sql } from 'kysely'
import type { OpenDatabase } from './database.ts'

const table = 'kysely_migration'
const folder = new URL('./migrations/', import.meta.url)

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
export async function knownMigrations(): Promise<readonly string[]> {
  const files = await readdir(folder)
  // In the package for npm they are JavaScript.
  return files.map((file) => file.replace(/\.[jt]s$/, '')).sort()
}
