/** Who may go on in a journey that belongs to a session. */

import type { Sessions } from '../../identity/sessions/sessions.ts'
import { lockUser } from '../../identity/users/lock.ts'
import type { SessionPrecondition } from '../engine/journey.ts'

/** As `may`, for the session as it was found: of two answers that would renew it only the first counts. */
export function requireCurrentSession(
  { isCurrent }: Pick<Sessions, 'isCurrent'>,
  may: SessionPrecondition,
): SessionPrecondition {
  return async (queries, session) => {
    if (queries.isTransaction) await lockUser(queries, session.userId)
    return (await isCurrent(queries, session.tokenHash)) && (await may(queries, session))
  }
}
