/**
 * Changes a live session under its code (storage/bound-rows.ts). Owns that the code is computed from the row that is changed: the
 * first statement locks the row, or the second one notices that another writer came between.
 */
import type { Selectable } from 'kysely'
import type { RowBinding } from '../../platform/storage/bound-rows.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { SessionRow } from '../../platform/storage/tables.ts'
import type { SessionLimits } from './open.ts'
import { storedUserAgent } from './rows.ts'
import type { NewSession } from './session.ts'

type Row = Selectable<SessionRow>

/** What may change in a session. */
export type SessionChange = Partial<
  Pick<
    Row,
    | 'token_hash'
    | 'amr'
    | 'acr'
    | 'authenticated_at'
    | 'last_seen_at'
    | 'put_off_at'
    | 'put_off_rule'
  >
>

export interface SessionChoice {
  readonly id: string
  readonly now: number
  /** Absent: the session may have expired. */
  readonly limits?: Pick<SessionLimits, 'idle'>
  /** Absent: whichever client made it. */
  readonly client?: NewSession['client'] | undefined
}

/** Returns the row as it was before; `undefined`: there is no such session. */
export async function changeSession(
  queries: Queries,
  rows: RowBinding,
  choice: SessionChoice,
  change: SessionChange,
): Promise<Row | undefined> {
  for (;;) {
    const row = await lockRow(queries, choice)
    if (row === undefined || !rows.isGenuine('sessions', row)) return undefined
    const result = await queries
      .updateTable('sessions')
      .set({ ...change, row_mac: rows.bind('sessions', { ...row, ...change }) })
      .where('id', '=', row.id)
      .where('ended_at', 'is', null)
      .where('token_hash', '=', row.token_hash)
      .where('row_mac', row.row_mac === null ? 'is' : '=', row.row_mac)
      .executeTakeFirst()
    if (result.numUpdatedRows === 1n) return row
  }
}

function lockRow(queries: Queries, { id, now, limits, client }: SessionChoice) {
  return queries
    .updateTable('sessions')
    .set((row) => ({ last_seen_at: row.ref('last_seen_at') }))
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .$if(limits !== undefined, (query) =>
      query.where('expires_at', '>', now).where('last_seen_at', '>', now - (limits?.idle ?? 0)),
    )
    .$if(client !== undefined, (query) =>
      query
        .where('client_address', '=', client?.address ?? null)
        .where('user_agent', '=', storedUserAgent(client?.userAgent ?? null))
        .where('browser_hash', '=', client?.browserHash ?? null),
    )
    .returningAll()
    .executeTakeFirst()
}
