/**
 * The messages with which a device enrols. They make it `new` and no more: the page decides whether it is the right one. A device
 * never moves a journey; it only wakes the waiting page.
 */
import {
  computeThumbprint,
  type Enrol,
  type Offer,
  type PublicJwk,
  readBytes,
  readEnrol,
  readObject,
  readText,
  types,
} from '#authenticator'
import { lockUser } from '../../../identity/users/lock.ts'
import { equalInConstantTime } from '../../../platform/kernel/crypto.ts'
import { type Transaction, transact } from '../../../platform/storage/transact.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import { beginCodes, dropCodes, encryptCodes } from './codes.ts'
import {
  type CredentialHolder,
  createCredentialOptions,
  judgeNewCredential,
} from './credentials.ts'
import {
  type DeviceReply,
  type DeviceRequestOptions,
  isClockRight,
  isForUs,
  isOnCurve,
  isSignedBy,
  readSigned,
  refuse,
  refuseRemoved,
  say,
  toSeconds,
} from './device-replies.ts'
import { authenticatorEvents } from './events.ts'
import { askOldPhone } from './move.ts'
import { authenticatorNotices } from './notices.ts'
import { shorten } from './reading-requests.ts'
import type { Registration } from './registrations.ts'

/** Another message took the link first: rolls the transaction back, and this message is decided again. */
class StaleRegistration extends Error {}

const readLinkProof = readObject({
  registration: readText(64, /^[\w-]+$/),
  secret: readBytes(16),
})

/** Says whose account a link is for, to a device that has seen the link. Changes nothing. */
export async function answerOffer(
  options: DeviceRequestOptions,
  body: string,
): Promise<DeviceReply> {
  const proof = readLinkProof(parseJson(body))
  if (proof === undefined) return refuse('malformed')
  const registration = await findProven(options, proof.registration, proof.secret)
  if (registration === undefined) return refuse('unknown', 'unknown_link')
  if (registration.status !== 'open') return refuse('used', `link_${registration.status}`)
  const { platform, identity, stores, server } = options
  const user = await identity.users.find(platform.db, registration.userId)
  if (user === undefined) return refuse('unknown', 'no_user')
  const old = await stores.devices.find(platform.db, registration.movesFrom ?? '')
  const credential = await createCredentialOptions(registration)
  const claims: Pick<Offer, 'exp' | 'issuer' | 'account' | 'vapid' | 'from' | 'credential'> = {
    credential,
    exp: toSeconds(registration.expiresAt),
    issuer: server.issuer,
    account: user.username,
    ...(server.vapid !== undefined && { vapid: server.vapid }),
    ...(old !== undefined && { from: shorten(old.name) }),
  }
  const { id: sub } = registration
  return await say(options, registration, { type: types.offer, sub, claims, introduces: true })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `undefined`: the link does not exist, is closed or expired, or the secret is not that of the link. */
async function findProven(
  { platform: { db, clock }, stores }: DeviceRequestOptions,
  id: string,
  secret: string,
): Promise<Registration | undefined> {
  const registration = await stores.registrations.find(db, id)
  if (registration === undefined || registration.status === 'closed') return undefined
  if (clock.now() >= registration.expiresAt) return undefined
  return equalInConstantTime(registration.secret(), secret) ? registration : undefined
}

export async function answerEnrol(
  options: DeviceRequestOptions,
  body: string,
): Promise<DeviceReply> {
  const message = readSigned(body, { type: types.enrol, read: readEnrol, introduces: true })
  const jwk = message?.opened.jwk
  if (message === undefined || jwk === undefined) return refuse('malformed')
  const { claims } = message
  if (!(await isSignedBy(message, jwk))) return refuse('unknown', 'signature')
  const registration = await findProven(options, claims.sub, claims.secret)
  if (registration === undefined) return refuse('unknown', 'unknown_link')
  if (!isClockRight(options, claims)) return refuse('clock')
  if (!isForUs(options, claims)) return refuse('malformed', 'other_origin')
  const key: NewKey = { jwk, thumbprint: await computeThumbprint(jwk) }
  const { reader } = claims
  // The reading key must not be able to sign an answer, so it has to differ from the answer key.
  if ((await computeThumbprint(reader)) === key.thumbprint || !(await isOnCurve(reader)))
    return refuse('malformed', 'reading_key')
  const judged = await judgeNewCredential(registration, claims)
  if (judged.type === 'wrong') return refuse('malformed', judged.reason)
  const made = { ...key, credential: judged.credential }
  if (await enrol(options, registration, claims, made)) return await confirm(options, claims, key)
  return await judgeRepeat(options, claims, key)
}

interface NewKey {
  readonly jwk: PublicJwk
  readonly thumbprint: string
}

/** `false`: the link is used or closed. */
async function enrol(
  options: DeviceRequestOptions,
  registration: Registration,
  claims: Enrol,
  { credential, ...key }: NewKey & CredentialHolder,
): Promise<boolean> {
  if (registration.status !== 'open') return false
  const { platform, identity, stores, codes } = options
  const { id, userId, journeyHash, movesFrom } = registration
  const name = claims.name.trim() || claims.platform
  try {
    await transact(platform.db, async (tx) => {
      await lockUser(tx, userId)
      const codesId = await beginCodes(codes, tx, { to: claims.codes, userId, name })
      const deviceId = await stores.devices.add(tx, {
        ...{ userId, name, platform: claims.platform, readerJwk: claims.reader },
        ...{ answerJwk: key.jwk, answerKey: key.thumbprint, credential },
        serverJwk: registration.serverJwk,
        serverKey: registration.serverKey,
        subscription: claims.subscription,
        codesId,
      })
      const by = { answerKey: key.thumbprint, deviceId }
      if (!(await stores.registrations.take(tx, id, by))) throw new StaleRegistration()
      if (movesFrom !== null && !(await askOldPhone(options, tx, registration))) {
        throw new StaleRegistration()
      }
      await identity.audit.record(tx, authenticatorEvents.registered, { userId, deviceId, name })
      wakeAfterCommit(platform.events, tx, [journeyHash])
    })
    return true
  } catch (error) {
    if (error instanceof StaleRegistration) return false
    throw error
  }
}

async function confirm(
  options: DeviceRequestOptions,
  { sub, codes: to }: Enrol,
  { thumbprint: key }: NewKey,
): Promise<DeviceReply> {
  const { stores, platform, codes } = options
  const registration = await stores.registrations.find(platform.db, sub)
  const device = await stores.devices.find(platform.db, registration?.deviceId ?? '')
  if (registration === undefined || device === undefined) return refuse('unknown', 'no_device')
  if (device.status === 'removed') return refuseRemoved(device)
  const totp = await encryptCodes(codes, platform.db, device, to)
  const claims = { registration: sub, key, ...(totp !== undefined && { totp }) }
  return await say(options, device, { type: types.enrolled, sub: device.id, claims })
}

/** If the same device repeats its message, it has lost the reply; another device means that two have seen the link. */
async function judgeRepeat(
  options: DeviceRequestOptions,
  claims: Enrol,
  key: NewKey,
): Promise<DeviceReply> {
  const now = await options.stores.registrations.find(options.platform.db, claims.sub)
  if (now === undefined || now.status === 'closed') return refuse('unknown', 'link_closed')
  const isSame = now.status === 'answered' && now.answerKey === key.thumbprint
  if (isSame) return await confirm(options, claims, key)
  if (now.status === 'answered') {
    await transact(options.platform.db, (tx) => refuseBoth(options, tx, now))
  }
  return refuse('used', 'second_device')
}

/** A device that has answered with the code of the page is the owner's, and stays. */
async function refuseBoth(
  { stores, identity, platform, codes }: DeviceRequestOptions,
  tx: Transaction,
  registration: Registration,
): Promise<void> {
  const { id, userId, journeyHash, deviceId, movesFrom } = registration
  await lockUser(tx, userId)
  if (!(await stores.registrations.refuse(tx, id))) return
  const device = deviceId === null ? undefined : await stores.devices.find(tx, deviceId)
  // Another journey may have gone on with the phone since.
  const waiting = [journeyHash]
  if (device?.status === 'new') {
    waiting.push(...(await stores.challenges.withdrawAll(tx, device.id)))
    await stores.devices.remove(tx, userId, device)
    await dropCodes(codes, tx, device)
    if (movesFrom !== null) await stores.challenges.withdrawMoves(tx, movesFrom)
  }
  if (await stores.registrations.mayNotifySecond(tx, registration)) {
    const { laterPhoneRefused, bothPhonesRefused } = authenticatorNotices
    const notice = device?.status === 'active' ? laterPhoneRefused : bothPhonesRefused
    await identity.notify(tx, notice, { userId })
  }
  await identity.audit.record(tx, authenticatorEvents.secondPhoneRefused, { userId })
  wakeAfterCommit(platform.events, tx, waiting)
}
