// Removes the rows that the logins of a measurement have written, so that each measurement begins with the same base.

import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import type { StorageConfig } from '../../src/platform/storage/open.ts'
import { setHead } from './rows.ts'

const written = ['sessions', 'proofs', 'journeys', 'login_references', 'throttles', 'mail_queue']

const listStatements = (count: number): string[] => [
  ...written.map((table) => `delete from ${table}`),
  `delete from audit_events where seq > ${count}`,
  setHead(count),
]

/** @param count the number of users in the base */
export const cleanUsers = async (storage: StorageConfig, count: number): Promise<void> => {
  const statements = listStatements(count)
  if (storage.type === 'sqlite') {
    const database = new DatabaseSync(storage.file)
    for (const text of statements) database.exec(text)
    database.exec('pragma wal_checkpoint(truncate)')
    database.close()
    return
  }
  const client = new pg.Client({ connectionString: storage.url })
  await client.connect()
  for (const text of statements) await client.query(text)
  // Otherwise the server would do it during the measurement.
  await client.query(`vacuum analyze ${[...written, 'audit_events', 'users'].join(', ')}`)
  await client.query('checkpoint')
  await client.end()
}
