/** Why the session that a browser still holds is over. Only the holder of its token can ask. */
import type { Queries } from '../../platform/storage/database.ts'
import type { SessionLimits } from './open.ts'

/** `idle` and `absolute`: a time of `sessions`. Others are reasons of acts, such as `ended_by_admin`. */
export type SessionEnd = 'idle' | 'absolute' | (string & {})

/** `undefined`: the session is live, was renewed, or is long forgotten. */
export async function findSessionEnd(
  queries: Queries,
  tokenHash: string,
  { idle }: Pick<SessionLimits, 'idle'>,
  now: number,
): Promise<SessionEnd | undefined> {
  const row = await queries
    .selectFrom('sessions')
    .select(['ended_at', 'end_reason', 'last_seen_at', 'expires_at'])
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const idleAt = row.last_seen_at + idle
  const overAt = Math.min(idleAt, row.expires_at)
  // If both apply, the earlier one ended the session.
  if (row.ended_at !== null && row.ended_at <= overAt) return row.end_reason ?? 'unknown'
  if (overAt > now) return undefined
  return idleAt < row.expires_at ? 'idle' : 'absolute'
}
