/**
 * Names under which PostgreSQL caches the plans of prepared queries (prepared.ts) on each connection, so that it neither parses
 * nor plans them again. Owns what happens when the schema changes under a plan, as it does when a newer node migrates.
 */
import pg from 'pg'
import { Fault } from '../kernel/fault.ts'
import { isPreparedText } from './prepared.ts'

/** SQLSTATE `feature_not_supported`. PostgreSQL has no better code for a plan whose rows have other columns now. */
const otherColumns = '0A000'

export type StatementNames = ReturnType<typeof createStatementNames>

/** The statement names for the connections of one pool. */
export function createStatementNames() {
  const names = new Map<string, string>()
  /** Part of each name: after a change of it, every connection plans anew. */
  let generation = 1
  return {
    /** `undefined`: the query's plan is not cached. */
    find(text: string): string | undefined {
      if (!isPreparedText(text)) return undefined
      const known = names.get(text)
      if (known !== undefined) return known
      const name = `einlass_${generation}_${names.size}`
      names.set(text, name)
      return name
    },

    /** After the error that the schema was changed under a plan: no name is used again. */
    forget(): void {
      names.clear()
      generation += 1
    },
  }
}

/** Whether the schema changed under a cached plan. The error's text cannot be compared: it is in the language of the server. */
export function isOutdatedPlan(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === otherColumns
}

/** The fault that makes the transaction run again, as after a deadlock. */
export function toConflict(error: unknown): Fault {
  return new Fault('unavailable', 'the schema was changed meanwhile', {
    cause: error,
    details: { engine: 'postgres', code: otherColumns },
  })
}
