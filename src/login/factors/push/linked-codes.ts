/**
 * The codes that a registration brings along in its QR code. Owns that they share its fate: they count together with
 * the phone or not at all. What they are is the matter of the factor behind `LinkedCodes`.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import type { LinkedCodes } from '../linked-codes.ts'
import type { PushDevice } from './devices.ts'
import type { PushRegistration } from './registrations.ts'

export interface LinkedCodesOptions {
  /** Absent: the QR code is for push alone. */
  readonly findLinkedCodes?: () => LinkedCodes | undefined
}

/** Begins codes for a registration that is yet to be opened. `undefined`: it is for push alone. */
export async function beginCodes(
  { findLinkedCodes }: LinkedCodesOptions,
  queries: Queries,
  { userId, name }: { userId: Id<'user'>; name: string },
): Promise<string | undefined> {
  const linkedCodes = findLinkedCodes?.()
  return await linkedCodes?.begin(queries, { userId, name })
}

/** Takes back codes that do not count yet. */
export async function dropCodes(
  { findLinkedCodes }: LinkedCodesOptions,
  queries: Queries,
  registration: PushRegistration | undefined,
): Promise<void> {
  const id = registration?.linkedTotpId ?? null
  if (id !== null) await findLinkedCodes?.()?.drop(queries, id)
}

/**
 * Makes the codes count, beside the phone that has passed its test. Call it under the lock of the user.
 * @param registration that of this journey, as it is by now
 * @returns whether they count: not when another phone came with the same QR code
 */
export async function activateCodes(
  { findLinkedCodes }: LinkedCodesOptions,
  queries: Queries,
  registration: PushRegistration | undefined,
  { id: deviceId, userId, name }: PushDevice,
): Promise<boolean> {
  const id = registration?.linkedTotpId ?? null
  const linkedCodes = findLinkedCodes?.()
  if (linkedCodes === undefined || id === null) return false
  if (registration?.deviceId !== deviceId) return false
  if (registration.secondAnswerAt === null) {
    return await linkedCodes.activate(queries, { id, userId, name })
  }
  await linkedCodes.drop(queries, id)
  return false
}

/** Another phone has the QR code, and with it the codes. Call it under the lock of the user. */
export async function revokeCodes(
  { findLinkedCodes }: LinkedCodesOptions,
  tx: Transaction,
  { linkedTotpId: id, userId }: PushRegistration,
): Promise<void> {
  if (id !== null) await findLinkedCodes?.()?.revoke(tx, { id, userId })
}
