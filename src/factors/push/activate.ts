/** From an approved test to a phone that counts: what it replaces, what it brings along, and who is told. */
import type { Audit } from '../../audit/audit.ts'
import { noticeOf } from '../../engine/client.ts'
import type { ClientFacts, Visit } from '../../engine/step.ts'
import type { Id } from '../../kernel/ids.ts'
import type { Notices } from '../../mail/notices.ts'
import type { Queries } from '../../storage/database.ts'
import { lockUser } from '../../users/lock.ts'
import type { Attempts } from '../attempts.ts'
import type { PushChallengeStore } from './challenges.ts'
import { activateCodes, type CompanionOptions } from './companion.ts'
import type { PushDevice, PushDeviceStore } from './devices.ts'
import { keptRegistration, type PushRegistrationStore } from './registrations.ts'

export interface ActivateOptions extends CompanionOptions {
  /** A phone that counts is no reason not to add another one: something else sees to who may do that. */
  readonly isBeside?: boolean
  readonly devices: PushDeviceStore
  readonly challenges: PushChallengeStore
  readonly registrations: PushRegistrationStore
  readonly attempts: Attempts
  readonly audit: Audit
  readonly notices: Notices
}

/** Of two logins that register at once, the second has to ask the phone of the first. */
export async function activate(
  options: ActivateOptions,
  queries: Queries,
  { kept, client }: Visit,
  device: PushDevice,
): Promise<boolean> {
  const { devices, audit, notices, attempts } = options
  const { id: deviceId, userId, name } = device
  await lockUser(queries, userId)
  if (options.isBeside !== true) {
    await removeLost(options, queries, userId, client)
    if (await devices.hasActive(queries, userId)) return false
  }
  if (!(await devices.activate(queries, deviceId))) return false
  await attempts.setUp(queries, userId, 'push')
  const registration = await keptRegistration(options, queries, kept)
  const hasCodes = await activateCodes(options, queries, registration, device)
  const notify = hasCodes ? notices.combinedAdded : notices.deviceAdded
  await notify(queries, { userId, device: name, ...noticeOf(client) })
  await audit.pushDeviceActivated(queries, { userId, deviceId })
  return true
}

/** The new phone takes the place of those that no message reaches. */
async function removeLost(
  { devices, challenges, audit, notices }: ActivateOptions,
  queries: Queries,
  userId: Id<'user'>,
  client: ClientFacts,
): Promise<void> {
  const all = await devices.activeOf(queries, userId)
  const lost = all.filter(({ pushDisabledAt }) => pushDisabledAt !== null)
  for (const { id } of lost) {
    await challenges.withdrawAllOf(queries, id)
    await devices.remove(queries, userId, id)
  }
  for (const { name } of lost) {
    await notices.deviceRemoved(queries, { userId, device: name, ...noticeOf(client) })
  }
  for (const { id: deviceId } of lost) {
    await audit.pushDeviceRemoved(queries, { userId, deviceId, by: userId })
  }
}
