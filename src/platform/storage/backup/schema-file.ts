/** Creates a SQLite file with the schema of another database, which may be older than the schema of this program. */
import { Fault } from '../../kernel/fault.ts'
import { silentLog } from '../../kernel/log.ts'
import { listMigrations, migrateTo } from '../migrate.ts'
import { openSqlite } from '../sqlite.ts'

/**
 * @param migrations what the other database has applied, in order
 * Throws `Fault('not_found')` when the list is empty, `Fault('conflict')` when the database is newer than this program.
 */
export async function createSchemaFile(file: string, migrations: readonly string[]): Promise<void> {
  const last = migrations.at(-1)
  if (last === undefined) throw new Fault('not_found', 'It is no database of Einlass.')
  const known = listMigrations()
  if (migrations.some((name, index) => known[index] !== name)) {
    const text = `It has the schema ${last}, and this program knows ${known.at(-1)} as the newest. Use a program that is at least as new.`
    throw new Fault('conflict', text)
  }
  const database = await openSqlite({ file, log: silentLog })
  try {
    await migrateTo(database, last)
  } finally {
    await database.close()
  }
}
