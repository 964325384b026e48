/**
 * Gives a session once more to the browser in which it was made, when the answer with its token was lost. Owns the audit
 * events of this: one for each taking, because a second one may be by a copy of the browser's cookies. Does not own how long
 * after the login this is possible: the login page does.
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
      // The row of the session is locked here, for other nodes too.
      const taking = 1 + (await countTakings(tx, { userId, sessionId }))
      if (taking > mostEvents) return { token }
      await audit.record(tx, sessionEvents.handedOver, { userId, sessionId, address, taking })
      return { token }
    })
}

/** A browser that stores no cookie asks again with each reload, and must not fill the log. */
const mostEvents = 10

/** A session is handed over only for a short time, so its events are among the newest of the log. */
const newest = 1000

async function countTakings(
  queries: Queries,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
): Promise<number> {
  const head = await queries.selectFrom('audit_head').select('seq').executeTakeFirst()
  const rows = await queries
    .selectFrom('audit_events')
    .select('data')
    .where('about', '=', userId)
    .where('seq', '>', (head?.seq ?? 0) - newest)
    .where('type', '=', sessionEvents.handedOver.type)
    .execute()
  return rows.filter(({ data }) => JSON.parse(data).sessionId === sessionId).length
}
