/**
 * A phone that takes the place of another one while its owner has both in hand. Owns what is stored. The old phone opens a link,
 * and the new one enrols with it and shows a code. The owner types the code on the old phone, and the new one answers; the same
 * transaction removes the old one. Until then the old phone stays as it was.
 *
 * The code goes from the new phone to the old one. So a picture of the old phone's screen is useless: the owner types the code of
 * the phone in their hand.
 */

import type { Queries } from '../../../platform/storage/database.ts'
import { afterCommit, type Transaction } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import { findBlockEnd } from '../../report/report.ts'
import type { Challenge, FinalAnswer } from './challenges.ts'
import { activateCodes, type CodesOptions, dropCodes } from './codes.ts'
import { findVerification } from './credentials.ts'
import type { DeviceRequestOptions } from './device-replies.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { authenticatorEvents } from './events.ts'
import { authenticatorNotices } from './notices.ts'
import type { Registration } from './registrations.ts'
import { deviceTopic } from './routes.ts'
import type { Stores } from './stores.ts'

/** No page of a journey shows the link of a move. */
export const createMoveHash = (deviceId: string): string => `move:${deviceId}`

/** Whether another phone may take the place of this one now. The conditions are those for confirming a login. */
export async function mayMove(
  { platform, identity, login }: DeviceRequestOptions,
  queries: Queries,
  { userId, status }: AuthenticatorDevice,
): Promise<boolean> {
  const user = await identity.users.find(queries, userId)
  if (status !== 'active' || user === undefined || user.disabledAt !== null) return false
  if (findBlockEnd(user, platform.clock.now()) !== undefined) return false
  return (await login.lockout.findRefusal(queries, userId, 'authenticator', 'known')) === undefined
}

/** A new phone has registered: the old one asks its owner for the code. `false`: the old one is gone. */
export async function askOldPhone(
  options: DeviceRequestOptions,
  tx: Transaction,
  { movesFrom }: Registration,
): Promise<boolean> {
  const old = await options.stores.devices.find(tx, movesFrom ?? '')
  if (old?.status !== 'active') return false
  await ask(options, tx, old, { purpose: 'move', movesFrom: old.id })
  return true
}

async function ask(
  { stores, platform }: DeviceRequestOptions,
  tx: Transaction,
  { id: deviceId, userId, credential }: AuthenticatorDevice,
  request: Pick<Challenge, 'purpose'> & { readonly movesFrom: string; readonly code?: string },
): Promise<void> {
  const { movesFrom, ...asked } = request
  const journeyHash = createMoveHash(movesFrom)
  // Nothing in it is translated.
  const bound = {
    ...asked,
    userId,
    deviceId,
    journeyHash,
    language: 'de',
    delivery: 'none',
    verification: findVerification({ credential }),
  } as const
  const superseded = await stores.challenges.add(tx, stores.challenges.draw(bound))
  wakeAfterCommit(platform.events, tx, superseded)
  afterCommit(tx, () => platform.events.wake(deviceTopic(deviceId)))
}

/** The old phone has answered: the new one is asked to prove itself, or is removed. */
export async function continueMove(
  options: DeviceRequestOptions,
  tx: Transaction,
  { deviceId: movesFrom, code, userId }: Challenge,
  outcome: FinalAnswer | 'wrong_code',
): Promise<void> {
  const { stores, identity } = options
  const move = await stores.registrations.findMoveFrom(tx, movesFrom)
  const device = await stores.devices.find(tx, move?.deviceId ?? '')
  if (device?.status !== 'new') return
  if (outcome === 'approved') {
    return await ask(options, tx, device, { purpose: 'enrolment', movesFrom, code })
  }
  await cancelMoves(options, tx, { id: movesFrom, userId })
  await identity.audit.record(tx, authenticatorEvents.moveRefused, { userId, name: device.name })
  afterCommit(tx, () => options.platform.events.wake(deviceTopic(device.id)))
}

/**
 * The new phone has proved itself: it becomes active, and the old one is removed. Call it with the registration of the new one.
 * `false`: the old one cannot be replaced any more.
 */
export async function completeMove(
  options: DeviceRequestOptions,
  tx: Transaction,
  { movesFrom }: Registration,
  device: AuthenticatorDevice,
): Promise<boolean> {
  const { id, userId, name } = device
  const { stores, identity, login } = options
  const old = await stores.devices.find(tx, movesFrom ?? '')
  if (old === undefined || !(await mayMove(options, tx, old))) return false
  if (!(await stores.devices.activate(tx, id))) return false
  await login.revokeAuthenticator(tx, { userId, id: old.id, by: userId, isAnnounced: true })
  await activateCodes(options.codes, tx, device)
  await identity.audit.record(tx, authenticatorEvents.moved, {
    ...{ userId, deviceId: id, name, fromId: old.id, fromName: old.name },
  })
  const bound = { userId, authenticatorId: id, device: name }
  await login.announceBound(tx, authenticatorNotices.moved, bound)
  afterCommit(tx, () => options.platform.events.wake(deviceTopic(old.id)))
  return true
}

interface Cancelling {
  readonly stores: Stores
  /** Absent: the purge deletes codes that were never valid. */
  readonly codes?: CodesOptions
}

/** Ends the moves from a phone, and removes the new phones that were not verified. */
export async function cancelMoves(
  { stores, codes }: Cancelling,
  queries: Queries,
  { id, userId }: Pick<AuthenticatorDevice, 'id' | 'userId'>,
): Promise<void> {
  const { registrations, devices, challenges } = stores
  const move = await registrations.findMoveFrom(queries, id)
  await registrations.endMoves(queries, id)
  await challenges.withdrawMoves(queries, id)
  const device = await devices.find(queries, move?.deviceId ?? '')
  if (device?.status !== 'new') return
  await challenges.withdrawAll(queries, device.id)
  await devices.remove(queries, userId, device)
  if (codes !== undefined) await dropCodes(codes, queries, device)
}

/** The digits that a new phone shows while they can be typed on the old one, or until it has proved itself. */
export async function findShownCode(
  { stores: { registrations, challenges }, platform }: DeviceRequestOptions,
  { id, status }: AuthenticatorDevice,
): Promise<string | undefined> {
  if (status !== 'new') return undefined
  const { db, clock } = platform
  const move = await registrations.findMoveTo(db, id)
  const asked = await challenges.findMove(db, move?.movesFrom ?? '')
  if (asked === undefined) return undefined
  const isOpen = asked.status === 'waiting' && clock.now() < asked.expiresAt
  return isOpen || asked.status === 'approved' ? asked.code : undefined
}

/** The name that the new phone gives itself, for the question on the old one. */
export async function findNewName(
  { stores: { registrations, devices }, platform: { db } }: DeviceRequestOptions,
  { deviceId }: Challenge,
): Promise<string | undefined> {
  const move = await registrations.findMoveFrom(db, deviceId)
  return (await devices.find(db, move?.deviceId ?? ''))?.name
}
