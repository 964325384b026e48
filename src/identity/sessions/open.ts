/** Which sessions are alive. For stores whose rows belong to a session and are read together with it. */
import type { Selectable } from 'kysely'
import type { Queries } from '../../platform/storage/database.ts'
import type { SessionRow } from '../../platform/storage/tables.ts'

/** Milliseconds. */
export interface SessionLimits {
  readonly idle: number
  readonly absolute: number
}

/** What the code of a session is computed from, see storage/bound-rows.ts: every reader asks whether the row is genuine. */
export const sessionMeaning = [
  'sessions.id',
  'sessions.token_hash',
  'sessions.user_id',
  'sessions.amr',
  'sessions.acr',
  'sessions.authenticated_at',
  'sessions.expires_at',
  'sessions.put_off_rule',
  'sessions.browser_hash',
  'sessions.row_mac',
] as const

/** Sessions that nobody ended, of users who may log in. `isSessionOver` says whether one has expired. */
export function selectOpenSessions(queries: Queries) {
  return queries
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .where('sessions.ended_at', 'is', null)
    .where('users.disabled_at', 'is', null)
}

/** The same, with what a `LiveSession` is made from and what `isSessionOver` asks for. */
export function selectLiveSessions(queries: Queries) {
  return selectOpenSessions(queries).select([
    ...sessionMeaning,
    'sessions.last_seen_at',
    'users.username',
    'users.display_name',
    'users.email',
    'users.role',
    'users.managed_by',
  ])
}

export function isSessionOver(
  row: Pick<Selectable<SessionRow>, 'expires_at' | 'last_seen_at'>,
  { idle }: Pick<SessionLimits, 'idle'>,
  now: number,
): boolean {
  return row.expires_at <= now || row.last_seen_at + idle <= now
}
