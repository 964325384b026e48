/**
 * PgBouncer in transaction mode, and what works like it: each transaction may have another connection of PostgreSQL, which
 * others have used. So nothing may be set for a connection, neither by start-up parameters, which PgBouncer refuses, nor by
 * prepared statements. LISTEN, locks of a session and changes of the schema go past it, by `storage.direct_url`.
 */
import pg from 'pg'
import { Fault } from '../kernel/fault.ts'
import { fromPostgres } from './errors.ts'

/** Milliseconds. */
export interface TimeLimits {
  readonly statement: number
  readonly idleInTransaction: number
}

/** What begins a transaction with its time limits, which else are start-up parameters. */
export function limitTransaction(
  text: string,
  { statement, idleInTransaction }: TimeLimits,
): string {
  if (!/^(begin|start transaction)\b/i.test(text)) return text
  return `${text}; set local statement_timeout = ${statement}; set local idle_in_transaction_session_timeout = ${idleInTransaction}`
}

/** SQLSTATE of a wrong password, a wrong user or a wrong database, which no waiting changes. */
const wrongAddress = /^(28|3D)/

/** Whether a pooler that refuses a connection may soon take one: it starts anew, or has none left. */
export function isPoolerAway(error: unknown): boolean {
  if (error instanceof Fault) return false
  return !(error instanceof pg.DatabaseError && wrongAddress.test(error.code ?? ''))
}

/** An error of a connection as a fault. One with a pooler that was taken for PostgreSQL says what to do. */
export function fromConnecting(error: unknown): unknown {
  const isParameter =
    error instanceof pg.DatabaseError && /unsupported startup parameter/i.test(error.message)
  return fromPostgres(
    isParameter ? new Error(`${error.message}. ${poolerText}`, { cause: error }) : error,
  )
}

const poolerText =
  'This is a pooler such as PgBouncer and not PostgreSQL: name PostgreSQL itself in storage.direct_url'
