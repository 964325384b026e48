/** After a restore from a backup: invalidates all requests that phones have received, and all QR codes that were shown. */
import type { Queries } from '../../../platform/storage/database.ts'
import type { approvalTables } from '../../../platform/storage/factor-tables.ts'

interface Tables {
  readonly requests: (typeof approvalTables)[number]['requests']
  readonly registrations: 'push_registrations' | 'authenticator_registrations'
}

/** Supersedes what waits, and spends every approval: a login may have spent it after the backup. */
export async function voidEarlierRequests(
  queries: Queries,
  { requests, registrations }: Tables,
  now: number,
): Promise<void> {
  await queries
    .updateTable(requests)
    .set({ status: 'superseded' })
    .where('status', '=', 'waiting')
    .execute()
  await queries
    .updateTable(requests)
    .set({ consumed_at: now })
    .where('status', '=', 'approved')
    .where('consumed_at', 'is', null)
    .execute()
  await queries
    .updateTable(registrations)
    .set({ status: 'closed' })
    .where('status', '=', 'open')
    .execute()
}
