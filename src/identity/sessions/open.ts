/** Which sessions are alive. For stores whose rows belong to a session and are read together with it. */
import type { Selectable } from 'kysely'
import type { Queries } from '../../platform/storage/database.ts'
import type { SessionRow } from '../../platform/storage/tables.ts'

/** Milliseconds. */
export interface SessionLimits {
  readonly idle: number
  readonly absolute: number
}

/** Sessions that nobody ended, of users who may log in. Whether one has expired is what `isSessionOver` says. */
export function selectOpenSessions(queries: Queries) {
  return queries
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('sessions.ended_at', 'is', null)
    .where('users.disabled_at', 'is', null)
}

export function isSessionOver(
  row: Pick<Selectable<SessionRow>, 'expires_at' | 'last_seen_at'>,
  { idle }: Pick<SessionLimits, 'idle'>,
  now: number,
): boolean {
  return row.expires_at <= now || row.last_seen_at + idle <= now
}
