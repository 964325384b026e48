/**
 * Support for PgBouncer in transaction mode and similar poolers. Each transaction may get another connection of PostgreSQL,
 * which others have used. So nothing may be set for a connection: neither start-up parameters, which PgBouncer refuses, nor
 * prepared statements. LISTEN, session locks and schema changes bypass the pooler through `storage.direct_url`.
 */
import pg from 'pg'
import { Fault } from '../kernel/fault.ts'
import { fromPostgres } from './errors.ts'

/** Milliseconds. */
export interface TimeLimits {
  readonly statement: number
  readonly idleInTransaction: number
}

/** Builds the statement that begins a transaction with its time limits. Without a pooler the limits are start-up parameters. */
export function limitTransaction(
  text: string,
  { statement, idleInTransaction }: TimeLimits,
): string {
  if (!/^(begin|start transaction)\b/i.test(text)) return text
  return `${text}; set local statement_timeout = ${statement}; set local idle_in_transaction_session_timeout = ${idleInTransaction}`
}

/** SQLSTATE of a wrong password, user or database: waiting does not help. */
const wrongAddress = /^(28|3D)/

/** Whether a pooler that refused a connection may soon accept one: it is restarting, or has no connection left. */
export function isPoolerAway(error: unknown): boolean {
  if (error instanceof Fault) return false
  return !(error instanceof pg.DatabaseError && wrongAddress.test(error.code ?? ''))
}

/**
 * Turns a connection error into a fault. If the address is a pooler that was configured as PostgreSQL, the fault says what to
 * do.
 */
export function fromConnecting(error: unknown): unknown {
  const isParameter =
    error instanceof pg.DatabaseError && /unsupported startup parameter/i.test(error.message)
  return fromPostgres(
    isParameter ? new Error(`${error.message}. ${poolerText}`, { cause: error }) : error,
  )
}

const poolerText =
  'This is a pooler such as PgBouncer and not PostgreSQL: name PostgreSQL itself in storage.direct_url'
