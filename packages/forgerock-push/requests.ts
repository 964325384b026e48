/**
 * What phones send: three requests, each `{messageId | mechanismUid, jwt}`. A body is read in two steps, because only its first
 * part says whose secret the second is signed with. Readers are strict where a difference could change an answer, and tolerant
 * where client generations differ. They never throw. The caller limits the size of a body.
 */
import { readObject } from './json.ts'
import { type Claims, verifyJwt } from './jwt.ts'
import { type MessageId, type MessageType, parseMessageId } from './message-id.ts'
import { isResponseTo } from './response.ts'

export type MessageBody =
  | {
      readonly type: 'ok'
      readonly messageId: string
      readonly parsedId: MessageId
      readonly jwt: string
    }
  | { readonly type: 'refused'; readonly reason: 'malformed' | 'wrong_message_type' }

/**
 * The body of `_action=register` and `_action=authenticate`.
 * @param wanted the type that goes with the action; an id of the other type is refused
 */
export function readMessageBody(text: string, wanted: MessageType): MessageBody {
  const { messageId, jwt } = readObject(text) ?? {}
  if (typeof messageId !== 'string' || typeof jwt !== 'string') return malformed
  const parsedId = parseMessageId(messageId)
  if (parsedId === undefined) return malformed
  if (parsedId.type !== wanted) return { type: 'refused', reason: 'wrong_message_type' }
  return { type: 'ok', messageId, parsedId, jwt }
}

export type RefreshBody =
  | {
      readonly type: 'ok'
      readonly mechanismUid: string
      /** The user's name as the phone knows it; only a cross-check, as many phones do not know it. */
      readonly username?: string
      readonly jwt: string
    }
  | { readonly type: 'refused'; readonly reason: 'malformed' }

/** The body of `_action=refresh`. One client writes `userId` where the others write `username`. */
export function readRefreshBody(text: string): RefreshBody {
  const { mechanismUid, username, userId, jwt } = readObject(text) ?? {}
  const uid = readUid(mechanismUid)
  if (uid === undefined || typeof jwt !== 'string') return malformed
  const name = username ?? userId
  return {
    type: 'ok',
    mechanismUid: uid,
    jwt,
    ...(typeof name === 'string' && { username: name }),
  }
}

const malformed = { type: 'refused', reason: 'malformed' } as const
const badSignature = { type: 'refused', reason: 'bad_signature' } as const
const wrongResponse = { type: 'refused', reason: 'wrong_response' } as const

/** How a phone can be reached. */
export interface PhoneDevice {
  /** FCM token, APNs token in hex of either case, or an http address. */
  readonly deviceId: string
  readonly deviceType: 'android' | 'ios'
  readonly communicationType: 'gcm' | 'apns'
  /** Absent in the 2.x apps. Empty: the app sent a name without any character that can be shown. */
  readonly deviceName?: string
}

export interface RegisteringPhone extends PhoneDevice {
  /** Chosen by the phone, stored letter for letter. */
  readonly mechanismUid: string
}

export type Refusal = {
  readonly type: 'refused'
  readonly reason: 'bad_signature' | 'wrong_response' | 'malformed'
}

export type RegistrationReading =
  | { readonly type: 'ok'; readonly phone: RegisteringPhone }
  | Refusal

/**
 * Verifies and reads the JWT of a registration.
 * @param expected the secret and the challenge (base64) of the QR that was shown
 *
 *     const body = readMessageBody(text, 'REGISTER')
 *     const reading = body.type === 'ok' ? readRegistration(body.jwt, { secret, challenge }) : body
 */
export function readRegistration(
  jwt: string,
  expected: { readonly secret: Uint8Array; readonly challenge: string },
): RegistrationReading {
  const claims = verifyJwt(jwt, expected.secret)
  if (claims === undefined) return badSignature
  if (!answersChallenge(claims, expected)) return wrongResponse
  const device = readDevice(claims)
  const mechanismUid = readUid(claims.mechanismUid)
  if (device === undefined || mechanismUid === undefined) return malformed
  return { type: 'ok', phone: { ...device, mechanismUid } }
}

/** The answer that was asked for: a tap, or the number on the page. */
export type ExpectedAnswer =
  | { readonly type: 'default' }
  | { readonly type: 'biometric' }
  | { readonly type: 'challenge'; readonly rightNumber: number }

export type AnswerReading =
  | { readonly type: 'approved' }
  | { readonly type: 'denied' }
  /** Not the right number, or none: an app that knows no number challenge sends none. A failed login, not a bad request. */
  | { readonly type: 'wrong_number'; readonly number: number | undefined }
  | Refusal

/**
 * Verifies and reads the JWT of an answer. Any `deny` member denies, whatever its value is.
 *
 *     readAnswer(jwt, { secret, challenge, answer: { type: 'challenge', rightNumber: 42 } })
 *     // { type: 'approved' }, { type: 'denied' }, { type: 'wrong_number', number: 17 } or a refusal
 */
export function readAnswer(
  jwt: string,
  expected: {
    readonly secret: Uint8Array
    readonly challenge: string
    readonly answer: ExpectedAnswer
  },
): AnswerReading {
  const claims = verifyJwt(jwt, expected.secret)
  if (claims === undefined) return badSignature
  if (!answersChallenge(claims, expected)) return wrongResponse
  if (Object.hasOwn(claims, 'deny')) return { type: 'denied' }
  if (expected.answer.type !== 'challenge') return { type: 'approved' }
  const number = readNumber(claims.challengeResponse)
  return number === expected.answer.rightNumber
    ? { type: 'approved' }
    : { type: 'wrong_number', number }
}

export type RefreshReading = { readonly type: 'ok'; readonly device: PhoneDevice } | Refusal

/** Verifies and reads the JWT of a refresh. It carries no challenge: an old one, replayed, points the device back to its old address. */
export function readRefresh(
  jwt: string,
  expected: { readonly secret: Uint8Array; readonly mechanismUid: string },
): RefreshReading {
  const claims = verifyJwt(jwt, expected.secret)
  if (claims === undefined) return badSignature
  const device = readDevice(claims)
  const { mechanismUid = expected.mechanismUid } = claims
  if (device === undefined || mechanismUid !== expected.mechanismUid) return malformed
  return { type: 'ok', device }
}

function answersChallenge(
  claims: Claims,
  expected: { readonly secret: Uint8Array; readonly challenge: string },
): boolean {
  const { response } = claims
  return typeof response === 'string' && isResponseTo(expected.challenge, expected.secret, response)
}

function readDevice(claims: Claims): PhoneDevice | undefined {
  const { deviceId, deviceType, communicationType, deviceName } = claims
  if (typeof deviceId !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(deviceId)) return undefined
  if (deviceType !== 'android' && deviceType !== 'ios') return undefined
  if (communicationType !== 'gcm' && communicationType !== 'apns') return undefined
  const device: PhoneDevice = { deviceId, deviceType, communicationType }
  if (!Object.hasOwn(claims, 'deviceName')) return device
  return { ...device, deviceName: typeof deviceName === 'string' ? readName(deviceName) : '' }
}

function readName(text: string): string {
  const plain = text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return [...plain.trim()].slice(0, 100).join('').trim()
}

function readUid(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]{1,128}$/.test(value) ? value : undefined
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === 'string' && /^\d{1,2}$/.test(value)) return Number(value)
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined
}
