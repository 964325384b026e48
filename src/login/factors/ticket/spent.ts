/** Which tickets were shown before: a token that is copied on its way lets nobody in a second time, on any node. */
import { type Clock, minutes } from '../../../platform/kernel/clock.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { readEpoch } from '../../../platform/storage/epoch.ts'
import { removeRows } from '../../../platform/storage/remove.ts'

/**
 * Kerberos accepts a token whose time is at most five minutes away from that of the server, in either direction. A token is
 * remembered for as long as it could be accepted, and a while longer.
 */
const lifetime = minutes(15)

export function createSpentTickets({ clock }: { readonly clock: Clock }) {
  return {
    /**
     * `true` for the first call with this fingerprint. Always `false` as long as a restored database may have lost the row of a
     * token that could still be accepted.
     */
    async spend(queries: Queries, fingerprint: string): Promise<boolean> {
      const epoch = await readEpoch(queries)
      if (epoch !== undefined && clock.now() < epoch.beganAt + lifetime) return false
      const result = await queries
        .insertInto('spent_tickets')
        .values({ fingerprint, expires_at: clock.now() + lifetime })
        .onConflict((conflict) => conflict.column('fingerprint').doNothing())
        .executeTakeFirst()
      return result.numInsertedOrUpdatedRows === 1n
    },

    async purge(queries: Queries): Promise<void> {
      const now = clock.now()
      await removeRows(queries, {
        table: 'spent_tickets',
        key: ['fingerprint'],
        isOld: (row) => row('expires_at', '<=', now),
      })
    },
  }
}

export type SpentTickets = ReturnType<typeof createSpentTickets>
