/**
 * Removes phones that were registered and never verified. Owns what else ends with a phone: its requests, its codes, and the wait
 * of its pages.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { By } from '../../../identity/audit/event.ts'
import type { Events } from '../../../platform/kernel/events.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import { type CodesOptions, dropCodes } from './codes.ts'
import { authenticatorEvents } from './events.ts'
import type { Stores } from './stores.ts'
import type { UnverifiedPhone } from './unverified.ts'

export interface RemoveUnverifiedOptions {
  readonly stores: Stores
  readonly audit: Audit
  readonly codes: CodesOptions
  readonly events: Pick<Events, 'wake'>
}

export interface UnverifiedRemoval {
  readonly userId: Id<'user'>
  /** `rejected`: the user says that it is not theirs. */
  readonly as: 'removed' | 'rejected'
  readonly by: By
}

/** Removes one phone. Nothing changes if it is verified or gone by now. */
export async function removeUnverified(
  { stores, audit, codes, events }: RemoveUnverifiedOptions,
  tx: Transaction,
  { id, name, codesId }: Pick<UnverifiedPhone, 'id' | 'name' | 'codesId'>,
  { userId, as, by }: UnverifiedRemoval,
): Promise<void> {
  const waiting = await stores.challenges.withdrawAll(tx, id)
  wakeAfterCommit(events, tx, waiting)
  if (!(await stores.devices.remove(tx, userId, { id, status: 'new' }))) return
  await dropCodes(codes, tx, { codesId })
  const facts = { userId, deviceId: id, name }
  if (as === 'rejected') await audit.record(tx, authenticatorEvents.rejected, facts)
  else await audit.record(tx, authenticatorEvents.removed, { ...facts, by })
}

/**
 * Removes all unverified phones of a user but one, and closes the links with which others could come. Moves stay, because a
 * verified phone has begun them. Call it under the lock of the user.
 */
export async function removeAllUnverified(
  options: RemoveUnverifiedOptions,
  tx: Transaction,
  userId: Id<'user'>,
  except: string | undefined,
): Promise<void> {
  const { devices, registrations } = options.stores
  // Closes the links first: a phone that uses one at this moment is then in the list below.
  await registrations.closeAll(tx, userId)
  for (const phone of await devices.listUnverified(tx, userId)) {
    if (phone.id === except) continue
    await removeUnverified(options, tx, phone, { userId, as: 'removed', by: 'unverified' })
  }
}
