/**
 * The codes that a registration brings along in its QR code. Owns that they share its fate: they count together with
 * the phone or not at all. What they are is the matter of the factor behind `Companion`.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import type { Companion } from '../factor.ts'
import type { PushDevice } from './devices.ts'
import type { PushRegistration } from './registrations.ts'

export interface CompanionOptions {
  /** Absent: the QR code is for push alone. */
  readonly companion?: Companion | undefined
}

/** Begins codes for a registration that is yet to be opened. `undefined`: it is for push alone. */
export async function beginCodes(
  { companion }: CompanionOptions,
  queries: Queries,
  { userId, name }: { userId: Id<'user'>; name: string },
): Promise<string | undefined> {
  if (companion === undefined) return undefined
  const id = companion.newId()
  await companion.begin(queries, { id, userId, name })
  return id
}

/** Takes back codes that do not count yet. */
export async function dropCodes(
  { companion }: CompanionOptions,
  queries: Queries,
  registration: PushRegistration | undefined,
): Promise<void> {
  const id = registration?.companionId ?? null
  if (id !== null) await companion?.drop(queries, id)
}

/**
 * Makes the codes count, beside the phone that has passed its test. Call it under the lock of the user.
 * @param registration that of this journey, as it is by now
 * @returns whether they count: not when another phone came with the same QR code
 */
export async function activateCodes(
  { companion }: CompanionOptions,
  queries: Queries,
  registration: PushRegistration | undefined,
  { id: deviceId, userId, name }: PushDevice,
): Promise<boolean> {
  const id = registration?.companionId ?? null
  if (companion === undefined || id === null) return false
  if (registration?.deviceId !== deviceId) return false
  if (registration.secondAnswerAt === null) {
    return await companion.activate(queries, { id, userId, name })
  }
  await companion.drop(queries, id)
  return false
}

/** Another phone has the QR code, and with it the codes. Call it under the lock of the user. */
export async function revokeCodes(
  { companion }: CompanionOptions,
  tx: Transaction,
  { companionId: id, userId }: PushRegistration,
): Promise<void> {
  if (id !== null) await companion?.revoke(tx, { id, userId })
}
