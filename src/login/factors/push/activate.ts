/**
 * Activates a phone after its test challenge was approved: removes the phones that it replaces, activates the linked TOTP, and
 * notifies the user. Does not own the test itself, which is verify-enrolment-step.ts.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { describeClient } from '../../engine/client.ts'
import { requireUserId, type StepContext } from '../../engine/step.ts'
import type { RevokeAuthenticator } from '../authenticators.ts'
import { enrolsBeside } from '../enrolled.ts'
import { claimEnrolment, type EnrolmentRules } from '../enrolment.ts'
import type { Lockout } from '../lockout.ts'
import type { AnnounceBound } from '../new-authenticators.ts'
import type { PushDevice } from './devices.ts'
import { pushEvents } from './events.ts'
import { activateCodes, type LinkedCodesOptions } from './linked-codes.ts'
import { pushNotices } from './notices.ts'
import { findRegistration } from './registrations.ts'
import type { PushRules } from './rules.ts'
import type { PushStores } from './stores.ts'

export interface ActivateOptions
  extends LinkedCodesOptions,
    Pick<EnrolmentRules, 'removeEarlierCodes' | 'removeUnverified'> {
  readonly rules: PushRules
  readonly stores: PushStores
  readonly lockout: Lockout
  readonly audit: Audit
  readonly announceBound: AnnounceBound
  readonly revokeAuthenticator: RevokeAuthenticator
}

/** `true`: the user has a usable second factor by now, so it has to be verified before a phone can be enrolled. */
export async function isSuperseded(
  { rules, stores }: Pick<ActivateOptions, 'rules' | 'stores'>,
  queries: Queries,
  context: StepContext,
): Promise<boolean> {
  // Users add one phone beside another, for example on the account pages.
  if (enrolsBeside(context)) return !(await rules.mayEnrol(queries, context))
  const devices = await stores.devices.listActive(queries, requireUserId(context))
  if (devices.length === 0) return !(await rules.mayEnrol(queries, context))
  if (devices.some(({ pushDisabledAt }) => pushDisabledAt === null)) return true
  return !(await rules.mayEnrolAnew(queries, context))
}

/**
 * Makes a pending phone an authenticator. Of two logins that enrol at the same time only the first one gets `true`; the second
 * has to verify what the first has enrolled.
 * @returns `false`: the phone may not be enrolled any more; roll the transaction back
 */
export async function activateDevice(
  options: ActivateOptions,
  tx: Transaction,
  context: StepContext,
  device: PushDevice,
): Promise<boolean> {
  const { stores, audit, announceBound, lockout } = options
  const { id: deviceId, userId, name } = device
  const { data, client } = context
  const mayEnrol = async () => !(await isSuperseded(options, tx, context))
  const isClaimed = await claimEnrolment({ ...options, mayEnrol }, tx, context, deviceId)
  if (!isClaimed) return false
  if (!(await stores.devices.activate(tx, deviceId))) return false
  if (!enrolsBeside(context)) await removeUnreachable(options, tx, context, userId)
  await lockout.unlock(tx, userId, 'push')
  const registration = await findRegistration(stores, tx, data)
  const codesId = await activateCodes(options, tx, registration, device)
  if (codesId !== undefined) await stores.devices.linkCodes(tx, deviceId, codesId)
  const notice = codesId !== undefined ? pushNotices.combinedAdded : pushNotices.added
  const facts = { userId, authenticatorId: deviceId, device: name, ...describeClient(client) }
  await announceBound(tx, notice, facts)
  await audit.record(tx, pushEvents.activated, { userId, deviceId })
  return true
}

/**
 * Removes the phones that no message reaches, because the new phone takes their place, with what goes with them. The new phone is
 * active already, so none of them is the last factor.
 */
async function removeUnreachable(
  { stores: { devices }, revokeAuthenticator }: ActivateOptions,
  tx: Transaction,
  { client, journeyHash }: StepContext,
  userId: Id<'user'>,
): Promise<void> {
  const all = await devices.listActive(tx, userId)
  for (const { id, pushDisabledAt } of all) {
    if (pushDisabledAt === null) continue
    await revokeAuthenticator(tx, { userId, id, by: userId, client, except: journeyHash })
  }
}
