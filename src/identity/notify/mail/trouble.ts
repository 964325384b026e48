/**
 * Mails that did not reach a user, in words for the service desk. The log cannot show this, because it names neither
 * users nor addresses.
 */
import type { Queries } from '../../../platform/storage/database.ts'

/** The latest ones are enough to see that an address is wrong. */
const most = 5

/** The mails of the last 30 days, which is as long as the queue remembers them; the newest first. */
export async function listMailTrouble(queries: Queries, userId: string): Promise<string[]> {
  const rows = await queries
    .selectFrom('mail_queue')
    .select(['kind', 'recipient', 'created_at', 'status', 'reason'])
    .where('user_id', '=', userId)
    .where('reason', 'is not', null)
    .where('status', 'in', ['failed', 'waiting'])
    .orderBy('created_at', 'desc')
    .limit(most)
    .execute()
  return rows.map(({ kind, recipient, created_at: at, status, reason }) => {
    const written = `${new Date(at).toISOString().slice(0, 16)}Z`
    const end = status === 'failed' ? 'was given up' : 'is tried again'
    return `A mail to ${recipient} (${kind}, ${written}) did not arrive and ${end}: ${reason}.`
  })
}
