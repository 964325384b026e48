/**
 * A session is given once more to the browser that it was made in, when the answer with its token was lost. Owns that this is in
 * the audit log. Does not own for how long after the login it happens: the page of the login does.
 */
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { sessionEvents } from '../sessions/events.ts'
import type { NewSession } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'

/** Undefined when the session is over, or the client is another one than at the login. */
export type HandOver = (
  sessionId: string,
  client: NewSession['client'],
) => Promise<{ readonly token: string } | undefined>

export interface HandOverOptions {
  readonly db: Database
  readonly sessions: Pick<Sessions, 'renewFor'>
  readonly audit: Audit
}

export function createHandOver({ db, sessions, audit }: HandOverOptions): HandOver {
  return (sessionId, client) =>
    transact(db, async (tx) => {
      const given = await sessions.renewFor(tx, sessionId, client)
      if (given === undefined) return undefined
      const { token, userId } = given
      const { address } = client
      await audit.record(tx, sessionEvents.handedOver, { userId, sessionId, address })
      return { token }
    })
}
