/** Explains which permission a PostgreSQL user lacks, with the command that grants it. */
import { sql } from 'kysely'
import { Fault } from '../kernel/fault.ts'
import type { OpenDatabase } from './database.ts'

/** SQLSTATE insufficient_privilege, and a search path without a schema that the user may use. */
function isDenied(error: unknown): error is Error {
  if (error instanceof NoSchema) return true
  return error instanceof Error && 'severity' in error && 'code' in error && error.code === '42501'
}

/** No schema of the search path exists, or the user may use none of them: PostgreSQL does not say which of the two. */
export class NoSchema extends Error {}

/**
 * Turns an error about a missing permission into `Fault('unavailable')`; passes every other error on unchanged.
 * @param isEmpty whether the tables did not exist yet
 */
export async function withRemedy(
  error: unknown,
  { db }: Pick<OpenDatabase, 'db'>,
  isEmpty: boolean,
): Promise<unknown> {
  if (!isDenied(error)) return error
  const { rows } = await sql<{ user: string; database: string; schema: string }>`
    select quote_ident(current_user) as "user", quote_ident(current_database()) as database,
      quote_ident(coalesce(current_schema(), 'public')) as schema`.execute(db)
  const { user, database, schema } = rows[0] ?? { user: '?', database: '?', schema: '?' }
  const reason = isEmpty
    ? `its user ${user} may not make tables in it (${error.message}). Make it the owner of the database: ALTER DATABASE ${database} OWNER TO ${user}; or let it make tables: GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${user}`
    : `its user ${user} may not use or change the tables in it (${error.message}). They have to belong to it: ALTER TABLE … OWNER TO ${user}; a backup is restored by pg_restore --no-owner --role=${user}`
  return new Fault('unavailable', 'the database may not be used', {
    cause: new Error(reason, { cause: error }),
  })
}
