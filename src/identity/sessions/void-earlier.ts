/** After a restore from a backup, every session ends: some had ended since the backup, and nobody knows which. */
import { voidMac } from '../../platform/storage/bound-rows.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { Audit } from '../audit/audit.ts'
import { sessionEvents } from './events.ts'

/** Running servers notify the apps of it later, as of every end. Returns how many sessions that were. */
export async function endAllSessions(
  tx: Transaction,
  { now, by, audit }: { readonly now: number; readonly by: string; readonly audit: Audit },
): Promise<number> {
  const reason = 'restored'
  const open = await tx
    .selectFrom('sessions')
    .select(['id', 'user_id'])
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .execute()
  for (const { id, user_id: userId } of open)
    await audit.record(tx, sessionEvents.ended, { userId, sessionId: id, reason, by })
  await tx
    .updateTable('sessions')
    .set({ ended_at: now, end_reason: reason, row_mac: voidMac })
    .where('ended_at', 'is', null)
    .execute()
  return open.length
}
