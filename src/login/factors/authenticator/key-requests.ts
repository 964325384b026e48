/**
 * Messages that replace the answer key: answers and moves. Owns the order of the checks, as in docs/authenticator-protocol.md,
 * and the rule that the outcome and the next key are written together. The file of each kind decides what a message means.
 */
import {
  computeMessageId,
  computeThumbprint,
  isKeyProof,
  type PublicJwk,
  type Reader,
} from '#authenticator'
import { lockUser } from '../../../identity/users/lock.ts'
import { type Transaction, transact } from '../../../platform/storage/transact.ts'
import { endCopied } from './copied.ts'
import {
  type DeviceLimits,
  type DeviceReply,
  type DeviceRequestOptions,
  isClockRight,
  isForUs,
  isOnCurve,
  isSignedBy,
  type ReadMessage,
  type Refused,
  readSigned,
  refuse,
  refuseRemoved,
} from './device-replies.ts'
import type { AuthenticatorDevice } from './devices.ts'
import type { KeyMove, UsedKey } from './used-keys.ts'

/** The claims of all these messages. */
interface KeyClaims {
  readonly sub: string
  readonly aud: string
  readonly app: string
  readonly iat: number
  readonly jti: string
  readonly key: string
  readonly next: PublicJwk
  readonly proof: string
  readonly unanswered?: readonly string[]
}

/** What was decided. It is stored, so that an identical message gets the same reply. */
export type Decided<Outcome extends string> = Pick<UsedKey, 'subject' | 'left'> & {
  readonly outcome: Outcome
}

/** A kind of message, with what it means. */
export interface KeyMessage<Claims extends KeyClaims, Outcome extends string, Prepared> {
  readonly type: string
  readonly read: Reader<Claims>
  /** Work before the transaction, for a message with a right signature. */
  readonly prepare: (device: AuthenticatorDevice, claims: Claims) => Promise<Prepared | Refused>
  /** Decides under the lock of the user, in the transaction that replaces the key. */
  readonly judge: (tx: Transaction, judging: Judging<Claims, Prepared>) => Promise<Decided<Outcome>>
  /** @param decided `other_key`: nothing was decided. */
  readonly say: (device: AuthenticatorDevice, reply: KeyReply<Outcome>) => Promise<DeviceReply>
}

export interface Judging<Claims, Prepared> {
  readonly device: AuthenticatorDevice
  readonly claims: Claims
  readonly prepared: Prepared
}

export interface KeyReply<Outcome extends string> {
  readonly jti: string
  /** Names the message that is answered, see `computeMessageId`. */
  readonly messageHash: string
  readonly decided: Decided<Outcome | 'other_key'>
  /** The thumbprint of the key that is expected next. */
  readonly key: string
}

export async function answerWithKey<Claims extends KeyClaims, Outcome extends string, Prepared>(
  options: DeviceRequestOptions,
  body: string,
  kind: KeyMessage<Claims, Outcome, Prepared>,
): Promise<DeviceReply> {
  const message = readSigned(body, kind)
  if (message === undefined) return refuse('malformed')
  const messageHash = await computeMessageId(body)
  // Twice at most: only another message of the same device makes the first decision stale.
  for (let tries = 0; tries < 3; tries += 1) {
    const reply = await decide(options, kind, message, messageHash)
    if (reply !== 'stale') return reply
  }
  throw new Error('a message was overtaken again and again')
}

async function decide<Claims extends KeyClaims, Outcome extends string, Prepared>(
  options: DeviceRequestOptions,
  kind: KeyMessage<Claims, Outcome, Prepared>,
  message: ReadMessage<Claims>,
  messageHash: string,
): Promise<DeviceReply | 'stale'> {
  const { claims } = message
  const device = await options.stores.devices.find(options.platform.db, claims.sub)
  if (device === undefined) return refuse('unknown', 'unknown_device')
  if (claims.key !== device.answerKey)
    return await judgeOldKey(options, kind, { message, device, messageHash })
  if (!(await isSignedBy(message, device.answerJwk))) return refuse('unknown', 'signature')
  if (device.status === 'removed') return refuseRemoved(device)
  const refused = checkSender(options, 'answering', device, claims)
  if (refused !== undefined) return refused
  const move = await findMove(options, device, claims)
  if (move === undefined) return refuse('malformed', 'next_key')
  const prepared = await kind.prepare(device, claims)
  if (isRefused(prepared)) return prepared
  const decided = await transact(options.platform.db, async (tx) => {
    const { devices } = options.stores
    await lockUser(tx, device.userId)
    if (!(await devices.moveKey(tx, move))) return undefined
    const judged = await kind.judge(tx, { device, claims, prepared })
    const { unanswered = [] } = claims
    await devices.noteUsed(tx, move, { messageHash, unanswered, ...judged })
    return judged
  })
  if (decided === undefined) return 'stale'
  const { jti } = claims
  return await kind.say(device, { jti, messageHash, decided, key: move.to.thumbprint })
}

const isRefused = (prepared: unknown): prepared is Refused =>
  typeof prepared === 'object' &&
  prepared !== null &&
  'type' in prepared &&
  prepared.type === 'refused'

/** `undefined`: the next key is no point of the curve, is another key of the device, or was used before. */
async function findMove(
  { stores, platform }: DeviceRequestOptions,
  device: AuthenticatorDevice,
  { next }: KeyClaims,
): Promise<KeyMove | undefined> {
  const thumbprint = await computeThumbprint(next)
  const others = [device.answerKey, await computeThumbprint(device.readerJwk)]
  if (others.includes(thumbprint) || !(await isOnCurve(next))) return undefined
  if ((await stores.devices.findUsed(platform.db, device.id, thumbprint)) !== undefined)
    return undefined
  return {
    deviceId: device.id,
    from: { thumbprint: device.answerKey, jwk: device.answerJwk },
    to: { thumbprint, jwk: next },
  }
}

interface OldKey<Claims> {
  readonly message: ReadMessage<Claims>
  readonly device: AuthenticatorDevice
  readonly messageHash: string
}

/**
 * The message is not signed with the present key. An identical message gets its reply again. Another message with a used key is
 * from a copy, unless the device has claimed one of the two as its own. A key that was never seen belongs to a message of the
 * device that did not arrive.
 */
async function judgeOldKey<Claims extends KeyClaims, Outcome extends string, Prepared>(
  options: DeviceRequestOptions,
  kind: KeyMessage<Claims, Outcome, Prepared>,
  { message, device, messageHash }: OldKey<Claims>,
): Promise<DeviceReply> {
  const { key: named, jti } = message.claims
  const { answerKey: key } = device
  const { db } = options.platform
  const used = await options.stores.devices.findUsed(db, device.id, named)
  const nothing = { outcome: 'other_key', left: null, subject: '' } as const
  if (used === undefined) {
    const refused = await checkUnknownKey(options, kind, { message, device })
    if (refused !== undefined) return refused
    return await kind.say(device, { jti, messageHash, decided: nothing, key })
  }
  if (!(await isSignedBy(message, used.jwk))) return refuse('unknown', 'signature')
  if (device.status === 'removed') return refuseRemoved(device)
  if (used.messageHash === messageHash) {
    // An identical message is of the same kind, so it has an outcome of this kind.
    const decided = { ...used, outcome: used.outcome as Outcome }
    return await kind.say(device, { jti, messageHash, decided, key })
  }
  if (await isOfSamePhone(message.claims, used)) {
    return await kind.say(device, { jti, messageHash, decided: nothing, key })
  }
  await transact(db, (tx) => endCopied(options, tx, device))
  return refuse('copied')
}

/**
 * The signature cannot be verified, so the reading key has to show that the message is from this phone. Otherwise anybody with
 * the id of a phone could let the server sign what they have written.
 */
async function checkUnknownKey<Claims extends KeyClaims>(
  options: DeviceRequestOptions,
  { type }: { readonly type: string },
  { message: { claims }, device }: Pick<OldKey<Claims>, 'message' | 'device'>,
): Promise<Refused | undefined> {
  if (!(await isKeyProof(type, claims, device.readerJwk))) return refuse('unknown', 'unknown_key')
  if (device.status === 'removed') return refuseRemoved(device)
  return checkSender(options, 'reading', device, claims)
}

/**
 * The checks of each message with a right signature.
 * @param key the key that has signed it, or vouches for it
 */
function checkSender(
  options: DeviceRequestOptions,
  key: keyof DeviceLimits,
  { id }: AuthenticatorDevice,
  claims: KeyClaims,
): Refused | undefined {
  const wait = options.limits[key].admit(id)
  if (wait !== undefined) return { type: 'refused', error: 'limit', reason: 'limit', ...wait }
  if (!isClockRight(options, claims)) return refuse('clock')
  return isForUs(options, claims) ? undefined : refuse('malformed', 'other_origin')
}

/**
 * Two messages of one phone with one key: the earlier one got no reply in time, and the later one names its next key. The one
 * that arrives second changes nothing, so a copy gains nothing from this.
 */
async function isOfSamePhone({ next, unanswered }: KeyClaims, used: UsedKey): Promise<boolean> {
  if (used.unanswered.includes(await computeThumbprint(next))) return true
  return used.nextKey !== null && unanswered?.includes(used.nextKey) === true
}
