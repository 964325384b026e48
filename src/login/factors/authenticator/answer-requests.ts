/**
 * The answers of devices. Owns the order of the checks, which is that of docs/authenticator-protocol.md, and that the outcome and
 * the next key are written together. What an answer does to its request is in judge-answer.ts.
 */
import {
  type Answer,
  type Answered,
  computeThumbprint,
  hash,
  importPublicKey,
  readAnswer,
  types,
} from '#authenticator'
import { lockUser } from '../../../identity/users/lock.ts'
import { type Transaction, transact } from '../../../platform/storage/transact.ts'
import { endCopied } from './copied.ts'
import {
  type DeviceReply,
  type DeviceRequestOptions,
  isClockRight,
  isForUs,
  isSignedBy,
  type ReadMessage,
  readSigned,
  refuse,
  say,
} from './device-replies.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { judgeAnswer } from './judge-answer.ts'
import type { KeyMove } from './used-keys.ts'

export async function answerAnswer(
  options: DeviceRequestOptions,
  body: string,
): Promise<DeviceReply> {
  const message = readSigned(body, { type: types.answer, read: readAnswer })
  if (message === undefined || !isWhole(message.claims)) return refuse('malformed')
  const messageHash = await hash(body)
  // Twice at most: only another answer of the same device makes the first decision stale.
  for (let tries = 0; tries < 3; tries += 1) {
    const reply = await decide(options, message, messageHash)
    if (reply !== 'stale') return reply
  }
  throw new Error('an answer was overtaken again and again')
}

/** An approval has a code or what was scanned, and not both; no other answer has one. */
function isWhole({ decision, code, scan }: Answer): boolean {
  const given = [code, scan].filter((one) => one !== undefined).length
  return given === (decision === 'approve' ? 1 : 0)
}

async function decide(
  options: DeviceRequestOptions,
  message: ReadMessage<Answer>,
  messageHash: string,
): Promise<DeviceReply | 'stale'> {
  const { claims } = message
  const device = await options.stores.devices.find(options.platform.db, claims.sub)
  if (device === undefined) return refuse('unknown', 'unknown_device')
  if (claims.key !== device.answerKey)
    return await judgeOldKey(options, message, device, messageHash)
  if (!(await isSignedBy(message, device.answerJwk))) return refuse('unknown', 'signature')
  if (device.status === 'removed') return refuse('ended')
  const wait = options.limit.admit(device.id)
  if (wait !== undefined) return { type: 'refused', error: 'limit', reason: 'limit', ...wait }
  if (!isClockRight(options, claims)) return refuse('clock')
  if (!isForUs(options, claims)) return refuse('malformed', 'other_origin')
  const move = await findMove(options, device, claims)
  if (move === undefined) return refuse('malformed', 'next_key')
  const outcome = await transact(options.platform.db, (tx) =>
    write(options, tx, { device, claims, move, messageHash }),
  )
  if (outcome === undefined) return 'stale'
  return await sayAnswered(options, device, {
    jti: claims.jti,
    key: move.to.thumbprint,
    ...outcome,
  })
}

/** `undefined`: the next key is no point of the curve, or was used before. */
async function findMove(
  { stores, platform }: DeviceRequestOptions,
  device: AuthenticatorDevice,
  { next }: Answer,
): Promise<KeyMove | undefined> {
  const thumbprint = await computeThumbprint(next)
  if (thumbprint === device.answerKey || !(await isOnCurve(next))) return undefined
  if ((await stores.devices.findUsed(platform.db, device.id, thumbprint)) !== undefined)
    return undefined
  return {
    deviceId: device.id,
    from: { thumbprint: device.answerKey, jwk: device.answerJwk },
    to: { thumbprint, jwk: next },
  }
}

async function isOnCurve(jwk: Answer['next']): Promise<boolean> {
  return await importPublicKey(jwk).then(
    () => true,
    () => false,
  )
}

interface Writing {
  readonly device: AuthenticatorDevice
  readonly claims: Answer
  readonly move: KeyMove
  readonly messageHash: string
}

/** `undefined`: another answer of the same device was faster, and nothing was written. */
async function write(
  options: DeviceRequestOptions,
  tx: Transaction,
  { device, claims, move, messageHash }: Writing,
): Promise<Pick<Answered, 'outcome' | 'left'> | undefined> {
  const { devices } = options.stores
  await lockUser(tx, device.userId)
  if (!(await devices.moveKey(tx, move))) return undefined
  const answered = await judgeAnswer(options, tx, device, claims)
  const { outcome, left = null } = answered
  await devices.noteUsed(tx, move, { messageHash, challengeId: claims.jti, outcome, left })
  return answered
}

/**
 * The key is not the present one. The very same message once more gets its reply again; another message with a key that was
 * used is from a copy. A key that was never seen is one that the device made for a message which did not arrive.
 */
async function judgeOldKey(
  options: DeviceRequestOptions,
  message: ReadMessage<Answer>,
  device: AuthenticatorDevice,
  messageHash: string,
): Promise<DeviceReply> {
  const { claims } = message
  const { db } = options.platform
  const used = await options.stores.devices.findUsed(db, device.id, claims.key)
  if (used === undefined) {
    if (device.status === 'removed') return refuse('unknown', 'unknown_key')
    const { answerKey: key } = device
    return await sayAnswered(options, device, { jti: claims.jti, outcome: 'other_key', key })
  }
  if (!(await isSignedBy(message, used.jwk))) return refuse('unknown', 'signature')
  if (device.status === 'removed') return refuse('ended')
  if (used.messageHash !== messageHash) {
    await transact(db, (tx) => endCopied(options, tx, device))
    return refuse('ended', 'copied')
  }
  const { outcome, left } = used
  const again = { jti: claims.jti, outcome, key: device.answerKey, ...(left !== null && { left }) }
  return await sayAnswered(options, device, again)
}

async function sayAnswered(
  options: DeviceRequestOptions,
  { id, ...holder }: AuthenticatorDevice,
  claims: Pick<Answered, 'jti' | 'outcome' | 'left' | 'key'>,
): Promise<DeviceReply> {
  return await say(options, holder, { type: types.answered, sub: id, claims })
}
