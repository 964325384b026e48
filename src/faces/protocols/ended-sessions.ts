/**
 * Logins that have ended while something of them is still kept: another process ended them, or a server stopped before it
 * had told the apps. Apart from oidc.ts, so that to look costs no library.
 */
import type { Queries } from '../../platform/storage/database.ts'

/** At most 1000 of them. */
export async function findEndedLogins(queries: Queries): Promise<string[]> {
  const rows = await queries
    .selectFrom('oidc_records')
    .leftJoin('sessions', 'sessions.id', 'oidc_records.login_session')
    .select('oidc_records.login_session')
    .distinct()
    .where('oidc_records.login_session', 'is not', null)
    .where((one) =>
      one.or([one('sessions.id', 'is', null), one('sessions.ended_at', 'is not', null)]),
    )
    .limit(1000)
    .execute()
  return rows.flatMap(({ login_session }) => login_session ?? [])
}
