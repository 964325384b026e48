/**
 * The linked TOTP: one-time codes that are enrolled with the same QR code as the phone. Owns the rule that they become active
 * together with the phone or not at all. The factor behind `LinkedCodes` owns the codes themselves.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import type { LinkedCodes } from '../linked-codes.ts'
import type { PushDevice } from './devices.ts'
import type { PushRegistration } from './registrations.ts'

export interface LinkedCodesOptions {
  /** Absent, or returns `undefined`: the QR code is for push alone. */
  readonly findLinkedCodes?: () => LinkedCodes | undefined
}

/** Creates a pending TOTP for a registration that is about to be opened. Returns its id; `undefined`: it is for push alone. */
export async function beginCodes(
  { findLinkedCodes }: LinkedCodesOptions,
  queries: Queries,
  { userId, name }: { userId: Id<'user'>; name: string },
): Promise<string | undefined> {
  const linkedCodes = findLinkedCodes?.()
  return await linkedCodes?.begin(queries, { userId, name })
}

/** Removes the pending TOTP of a registration, if it has one. */
export async function dropCodes(
  { findLinkedCodes }: LinkedCodesOptions,
  queries: Queries,
  registration: PushRegistration | undefined,
): Promise<void> {
  const id = registration?.linkedTotpId ?? null
  if (id !== null) await findLinkedCodes?.()?.drop(queries, id)
}

/**
 * Activates the TOTP beside the phone whose enrolment was verified. Call it under the lock of the user.
 * @param registration the registration of this journey, read in this transaction
 * @returns its id; `undefined`: it was not activated, for example because another phone answered the same QR code
 */
export async function activateCodes(
  { findLinkedCodes }: LinkedCodesOptions,
  queries: Queries,
  registration: PushRegistration | undefined,
  { id: deviceId, userId, name }: PushDevice,
): Promise<string | undefined> {
  const id = registration?.linkedTotpId ?? null
  const linkedCodes = findLinkedCodes?.()
  if (linkedCodes === undefined || id === null) return undefined
  if (registration?.deviceId !== deviceId) return undefined
  if (registration.secondAnswerAt === null) {
    return (await linkedCodes.activate(queries, { id, userId, name })) ? id : undefined
  }
  await linkedCodes.drop(queries, id)
  return undefined
}

/** Revokes the TOTP, because a second phone has its secret from the QR code. Call it under the lock of the user. */
export async function revokeCodes(
  { findLinkedCodes }: LinkedCodesOptions,
  tx: Transaction,
  { linkedTotpId: id, userId }: PushRegistration,
): Promise<void> {
  if (id !== null) await findLinkedCodes?.()?.revoke(tx, { id, userId })
}
