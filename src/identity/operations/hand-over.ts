/**
 * Gives a session once more to the browser in which it was made, when the answer with its token was lost. Owns the audit
 * event of this: one, however often the browser asks. Does not own how long after the login this is possible: the login
 * page does.
 */
import type { Database, Queries } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { sessionEvents } from '../sessions/events.ts'
import type { NewSession } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'

/** Undefined when the session has ended, or the client is not that of the login. */
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
      // A browser that stores no cookie asks again with each reload. The row of its session is locked here, for other
      // nodes too.
      if (await wasNoted(tx, { userId, sessionId })) return { token }
      await audit.record(tx, sessionEvents.handedOver, { userId, sessionId, address })
      return { token }
    })
}

/** A session is handed over only for a short time, so its event is among the newest of the log. */
const newest = 1000

async function wasNoted(
  queries: Queries,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
): Promise<boolean> {
  const head = await queries.selectFrom('audit_head').select('seq').executeTakeFirst()
  const rows = await queries
    .selectFrom('audit_events')
    .select('data')
    .where('about', '=', userId)
    .where('seq', '>', (head?.seq ?? 0) - newest)
    .where('type', '=', sessionEvents.handedOver.type)
    .execute()
  return rows.some(({ data }) => JSON.parse(data).sessionId === sessionId)
}
