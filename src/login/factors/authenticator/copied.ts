/**
 * What follows when a copy of a phone's storage was used: the phone is removed, with its proofs and sessions. Nobody can tell the
 * copy from the original, so neither stays an authenticator.
 */
import { lockUser } from '../../../identity/users/lock.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import { dropCodes } from './codes.ts'
import type { DeviceRequestOptions } from './device-replies.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { authenticatorEvents } from './events.ts'
import { authenticatorNotices } from './notices.ts'

export async function endCopied(
  { stores, login, identity, platform, codes }: DeviceRequestOptions,
  tx: Transaction,
  { id, userId, name }: AuthenticatorDevice,
): Promise<void> {
  await lockUser(tx, userId)
  const device = await stores.devices.find(tx, id)
  if (device === undefined || device.status === 'removed') return
  await stores.devices.noteCopied(tx, id)
  // A rule revokes it, so its owner has lost it: if it was the last one, the password alone enrols no other.
  if (device.status === 'active') {
    await login.revokeAuthenticator(tx, { userId, id, by: 'copied' })
  } else {
    wakeAfterCommit(platform.events, tx, await stores.challenges.withdrawAll(tx, id))
    await stores.devices.remove(tx, userId, device)
    await dropCodes(codes, tx, device)
  }
  await identity.audit.record(tx, authenticatorEvents.copied, { userId, deviceId: id, name })
  await identity.notify(tx, authenticatorNotices.copied, { userId, device: name })
}
