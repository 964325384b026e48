/**
 * Names under which PostgreSQL keeps the plans of prepared queries (prepared.ts), on each connection: it then neither parses
 * nor plans them again. Owns what happens when the schema changes under a plan, as it does when a newer node migrates.
 */
import pg from 'pg'
import { Fault } from '../kernel/fault.ts'
import { isPreparedText } from './prepared.ts'

/** SQLSTATE `feature_not_supported`. PostgreSQL has no better one for a plan whose rows have other columns by now. */
const otherColumns = '0A000'

export type StatementNames = ReturnType<typeof createStatementNames>

/** Of the connections of one pool. */
export function createStatementNames() {
  const names = new Map<string, string>()
  /** With another one, every connection plans anew. */
  let generation = 1
  return {
    /** `undefined`: the query is not kept. */
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

/** Whether the schema was changed under a plan that was kept. The text is for a person, and in the language of the server. */
export function isOutdatedPlan(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === otherColumns
}

/** A transaction in which it was met is tried again, as after a deadlock. */
export function toConflict(error: unknown): Fault {
  return new Fault('unavailable', 'the schema was changed meanwhile', {
    cause: error,
    details: { engine: 'postgres', code: otherColumns },
  })
}
