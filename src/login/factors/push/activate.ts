/** From an approved test to a phone that counts: what it replaces, what it brings along, and who is told. */
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Notify } from '../../../identity/notify/notice.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { describeClient } from '../../engine/client.ts'
import { requireUserId, type StepContext } from '../../engine/step.ts'
import type { Attempts } from '../attempts.ts'
import type { EndProven } from '../end-proven.ts'
import { claimRegistration, type Registering } from '../registering.ts'
import type { PushChallengeStore } from './challenges.ts'
import type { PushDevice, PushDeviceStore } from './devices.ts'
import { pushEvents } from './events.ts'
import { activateCodes, type LinkedCodesOptions } from './linked-codes.ts'
import { pushNotices } from './notices.ts'
import { findRegistration, type PushRegistrationStore } from './registrations.ts'

export interface ActivateOptions extends LinkedCodesOptions, Registering {
  /** Whether a phone may be connected in place of those that no message reaches. */
  readonly mayEnrolAnew: (queries: Queries, context: StepContext) => Promise<boolean>
  readonly devices: PushDeviceStore
  readonly challenges: PushChallengeStore
  readonly registrations: PushRegistrationStore
  readonly attempts: Attempts
  readonly audit: Audit
  readonly notify: Notify
  readonly endProven: EndProven
}

/** Whether there is something that has to be asked before a phone can be connected. */
export async function isSuperseded(
  options: Pick<ActivateOptions, 'devices' | 'mayRegister' | 'mayEnrolAnew'>,
  queries: Queries,
  context: StepContext,
): Promise<boolean> {
  // On their own pages people add one phone beside another.
  if (context.kind === 'enrol') return !(await options.mayRegister(queries, context))
  const devices = await options.devices.listActive(queries, requireUserId(context))
  if (devices.length === 0) return !(await options.mayRegister(queries, context))
  if (devices.some(({ pushDisabledAt }) => pushDisabledAt === null)) return true
  return !(await options.mayEnrolAnew(queries, context))
}

/**
 * Of two logins that register at once, the second has to ask what the first has registered.
 * @returns `false`: it may not be connected any more
 */
export async function activateDevice(
  options: ActivateOptions,
  tx: Transaction,
  context: StepContext,
  device: PushDevice,
): Promise<boolean> {
  const { devices, audit, notify, attempts } = options
  const { id: deviceId, userId, name } = device
  const { data, client } = context
  const mayRegister = async () => !(await isSuperseded(options, tx, context))
  const isClaimed = await claimRegistration({ ...options, mayRegister }, tx, context)
  if (!isClaimed) return false
  if (context.kind !== 'enrol') await removeUnreachable(options, tx, context, userId)
  if (!(await devices.activate(tx, deviceId))) return false
  await attempts.setUp(tx, userId, 'push')
  const registration = await findRegistration(options, tx, data)
  const hasCodes = await activateCodes(options, tx, registration, device)
  const notice = hasCodes ? pushNotices.combinedAdded : pushNotices.added
  await notify(tx, notice, { userId, device: name, ...describeClient(client) })
  await audit.record(tx, pushEvents.activated, { userId, deviceId })
  return true
}

/** The new phone takes the place of those that no message reaches. */
async function removeUnreachable(
  { devices, challenges, audit, notify, endProven }: ActivateOptions,
  tx: Transaction,
  { client, journeyHash }: StepContext,
  userId: Id<'user'>,
): Promise<void> {
  const all = await devices.listActive(tx, userId)
  const lost = all.filter(({ pushDisabledAt }) => pushDisabledAt !== null)
  if (lost.length === 0) return
  for (const { id: deviceId, name } of lost) {
    await challenges.withdrawAll(tx, deviceId)
    await devices.remove(tx, userId, deviceId)
    await audit.record(tx, pushEvents.removed, { userId, deviceId, by: userId })
    await notify(tx, pushNotices.removed, { userId, device: name, ...describeClient(client) })
  }
  await endProven(tx, {
    userId,
    ids: lost.map(({ id }) => id),
    keep: client.session?.id,
    except: journeyHash,
    reason: 'factor_removed',
  })
}
