/** Removes phones that were registered and never verified, with their codes. The password alone was enough to begin them. */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import { pushEvents } from './events.ts'
import { dropCodes, type LinkedCodesOptions } from './linked-codes.ts'
import type { PushStores } from './stores.ts'

export interface RemoveUnverifiedOptions extends LinkedCodesOptions {
  readonly stores: PushStores
  readonly audit: Audit
  readonly events: Pick<Events, 'wake'>
}

/**
 * Removes all unverified phones of a user but one, and closes the QR codes with which others could come. Call it under the lock
 * of the user.
 */
export async function removeAllUnverified(
  options: RemoveUnverifiedOptions,
  tx: Transaction,
  userId: Id<'user'>,
  except: string | undefined,
): Promise<void> {
  const { stores, audit, events } = options
  const { pending, registrations, challenges } = stores
  // Closes the QR codes first: a phone that answers one at this moment is then in the list below.
  for (const code of await registrations.closeAll(tx, userId)) await dropCodes(options, tx, code)
  for (const { deviceId, name, registrationId } of await pending.listUnverified(tx, userId)) {
    if (deviceId === except) continue
    wakeAfterCommit(events, tx, await challenges.withdrawAll(tx, deviceId))
    if (!(await pending.remove(tx, userId, deviceId))) continue
    await dropCodes(options, tx, await registrations.find(tx, registrationId ?? ''))
    await audit.record(tx, pushEvents.removed, { userId, deviceId, name, by: 'unverified' })
  }
}
