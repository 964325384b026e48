/**
 * Brings a database to the newest schema. The list is static: a new migration is a new file and a new line here,
 * and a migration that was released never changes.
 */
import { Migrator } from 'kysely/migration'
import type { Database } from './database.ts'
import * as initial from './migrations/001-initial.ts'

const migrations = {
  '001-initial': initial,
}

/**
 * Applies what is missing, in one transaction under a lock, so that two processes may start at the same time.
 * Throws the error of the migration that failed, or when the database is newer than this program.
 */
export async function migrate(db: Database): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
