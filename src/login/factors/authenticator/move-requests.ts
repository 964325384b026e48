/**
 * The old phone asks for a link for the new one. Owns who gets the link: moving takes what another enrolment takes, the password
 * and this phone (NIST SP 800-63B-4, section 4.1.2.1). So a phone that was found unlocked moves nothing.
 */

import {
  buildEnrolLink,
  computeThumbprint,
  type Move,
  type Moved,
  readMove,
  types,
} from '#authenticator'
import { resolveAccountOf } from '../../../identity/users/resolve-account.ts'
import { Fault } from '../../../platform/kernel/fault.ts'
import type { Transaction } from '../../../platform/storage/transact.ts'
import { judgeVerification } from './credentials.ts'
import {
  type DeviceReply,
  type DeviceRequestOptions,
  type Refused,
  refuse,
  say,
  toSeconds,
} from './device-replies.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { authenticatorEvents } from './events.ts'
import { answerWithKey, type KeyMessage } from './key-requests.ts'
import { cancelMoves, createMoveHash, mayMove } from './move.ts'
import { createServerKey, type NewServerKey } from './server-keys.ts'

export const answerMove = (options: DeviceRequestOptions, body: string): Promise<DeviceReply> =>
  answerWithKey(options, body, createMoveMessage(options))

interface Prepared {
  /** `not_verified`: the screen lock of the phone has not verified its owner, so the password was not checked. */
  readonly proof: 'right' | 'wrong_password' | 'not_verified'
  readonly verified: Verified | undefined
  readonly serverKey: NewServerKey
}

type Verified = Awaited<ReturnType<typeof judgeVerification>>

function createMoveMessage(
  options: DeviceRequestOptions,
): KeyMessage<Move, Exclude<Moved['outcome'], 'other_key'>, Prepared> {
  return {
    type: types.move,
    read: readMove,
    async prepare(device, claims) {
      // The app of another server must not ask for the password of an account here.
      if (claims.app !== options.server.origin) return refuse('malformed', 'other_origin')
      const verified = await judgeVerification(device, { ...claims, nonce: claims.jti })
      const isMissing = device.credential !== undefined && verified === undefined
      const proof = isMissing
        ? 'not_verified'
        : await checkPassword(options, device, claims.password)
      if (typeof proof !== 'string') return proof
      return { proof, verified, serverKey: await createServerKey() }
    },
    async judge(tx, { device, prepared: { proof, verified, serverKey } }) {
      const none = { subject: '', left: null } as const
      const { credential } = device
      if (verified !== undefined && credential !== undefined) {
        const used = { ...credential, signCount: verified.signCount }
        await options.stores.devices.noteVerified(tx, device.id, used)
      }
      if (!(await mayMove(options, tx, device))) return { ...none, outcome: 'refused' }
      if (proof !== 'right') return { ...none, outcome: proof }
      const subject = await openLink(options, tx, device, serverKey)
      if (subject === undefined) return { ...none, outcome: 'refused' }
      return { ...none, outcome: 'open', subject }
    },
    async say(device, { jti: move, messageHash: message, key, decided: { outcome, subject } }) {
      const opened = outcome === 'open' ? await describeLink(options, subject) : {}
      const claims = { move, message, key, outcome, ...opened }
      return await say(options, device, { type: types.moved, sub: device.id, claims })
    },
  }
}

/** Guesses are counted for this phone, so that guesses elsewhere do not make its owner wait. */
async function checkPassword(
  {
    identity: { users, directory, throttle, failedLogins },
    platform: { db },
  }: DeviceRequestOptions,
  { id, userId }: AuthenticatorDevice,
  password: string,
): Promise<'right' | 'wrong_password' | Refused> {
  const user = await users.find(db, userId)
  if (user === undefined) return refuse('ended', 'no_user')
  const { username } = user
  const account = await resolveAccountOf(directory, db, user)
  const judgement = await throttle.judge(db, `authenticator:${id}`, async () => {
    const { type } = await account.verifyPassword(db, password)
    if (type === 'unavailable') throw new Fault('unavailable', 'The directory does not answer.')
    return { type: 'judged', isRight: type === 'right' } as const
  })
  if (judgement.type === 'wait') {
    const { retryAfter } = judgement
    return { type: 'refused', error: 'limit', reason: 'password', retryAfter }
  }
  if (judgement.isRight) return 'right'
  await failedLogins.add(db, { username, address: null })
  return 'wrong_password'
}

/** @returns the id of the registration; `undefined`: there were too many */
async function openLink(
  options: DeviceRequestOptions,
  tx: Transaction,
  { id: movesFrom, userId, credential }: AuthenticatorDevice,
  key: NewServerKey,
): Promise<string | undefined> {
  const { stores, identity } = options
  const { registrations } = stores
  // As for a journey with a second factor.
  const budgetKey = 'second-factor'
  if ((await registrations.findNextOpening(tx, userId, budgetKey)) !== undefined) return undefined
  await cancelMoves(options, tx, { id: movesFrom, userId })
  const id = registrations.newId()
  const journeyHash = createMoveHash(movesFrom)
  // The level of the account stays: if the old phone verifies its owner, the new one has to do so too.
  const verification = credential === undefined ? 'preferred' : 'required'
  const opened = { id, journeyHash, userId, budgetKey, key, movesFrom, verification } as const
  await registrations.open(tx, opened)
  await identity.audit.record(tx, authenticatorEvents.moveOpened, { userId, deviceId: movesFrom })
  return id
}

async function describeLink(
  { stores, platform, server: { origin } }: DeviceRequestOptions,
  id: string,
): Promise<Pick<Moved, 'link' | 'exp'>> {
  const registration = await stores.registrations.find(platform.db, id)
  if (registration === undefined) return {}
  const serverKey = await computeThumbprint(registration.serverJwk)
  const link = { origin, registration: id, secret: registration.secret(), serverKey }
  return { link: buildEnrolLink(link), exp: toSeconds(registration.expiresAt) }
}
