/**
 * The messages of the protocol, version 1: the content of each, and readers that check it. `docs/authenticator-protocol.md`
 * describes them. Times are whole seconds since the epoch. *Server* is the Einlass server, *device* the app on the phone.
 */
import { decodeBase64Url } from './base64url.ts'
import { type PublicJwk, readPublicJwk } from './keys.ts'
import {
  optional,
  type Read,
  type Reader,
  readList,
  readObject,
  readOneOf,
  readText,
  readWhole,
} from './shape.ts'

export const version = 1

/** The `typ` of each message. */
export const types = {
  /** Server to device: which account a registration is for. */
  offer: 'einlass-offer+jwt',
  /** Device to server: a new device with its keys. */
  enrol: 'einlass-enrol+jwt',
  enrolled: 'einlass-enrolled+jwt',
  /** Device to server: fetches waiting requests. Also opens the stream of events. */
  fetch: 'einlass-fetch+jwt',
  pending: 'einlass-pending+jwt',
  /** Device to server: the answer to a request. */
  answer: 'einlass-answer+jwt',
  answered: 'einlass-answered+jwt',
  /** Device to server: another name, another push subscription. */
  change: 'einlass-change+jwt',
  changed: 'einlass-changed+jwt',
  /** Device to server: asks for a registration for the phone that will replace this one. */
  move: 'einlass-move+jwt',
  moved: 'einlass-moved+jwt',
  /** Server to device, by Web Push: something waits. */
  wake: 'einlass-wake+jwt',
} as const

const readVersion = readOneOf(version)
const readTime = readWhole(0, 99_999_999_999)
const readId = readText(64, /^[\w-]+$/)
const readThumbprint = readBytes(32)
const readName = readText(80)
/** A name that a person has written: no half characters, and no characters that change the direction of text. */
const readOwnName = readText(80, /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+$/u)

/** Base64url of exactly `length` bytes. */
export function readBytes(length: number): Reader<string> {
  return (value) =>
    typeof value === 'string' && decodeBase64Url(value)?.length === length ? value : undefined
}

/** An origin as browsers write it, without a path: `https://login.example.org`. */
export const readOrigin: Reader<string> = (value) => {
  if (typeof value !== 'string' || value.length > 300 || !URL.canParse(value)) return undefined
  const url = new URL(value)
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb && url.origin === value ? value : undefined
}

const readPublicKey: Reader<PublicJwk> = readPublicJwk

/** One-time codes of RFC 6238 that the device shows without a network: the content of `totp` in `enrolled`. */
export const readTotp = readObject({
  /** Base32 without padding. */
  secret: readText(128, /^[A-Z2-7]+$/),
  algorithm: readOneOf('SHA1', 'SHA256', 'SHA512'),
  digits: readOneOf(6, 8),
  period: readWhole(1, 300),
})
export type TotpParameters = Read<typeof readTotp>

/** A push subscription (Push API): where the browser of the device can be woken, and its keys (RFC 8291). */
const readSubscription = readObject({
  endpoint: readText(2048, /^https:\/\/[^\p{Cc}\s]+$/u),
  keys: readObject({ p256dh: readBytes(65), auth: readBytes(16) }),
})
export type Subscription = Read<typeof readSubscription>

export const readOffer = readObject({
  v: readVersion,
  iss: readOrigin,
  /** The id of the registration. */
  sub: readId,
  iat: readTime,
  exp: readTime,
  /** The organisation and the account. */
  issuer: readName,
  account: readText(320),
  /** The public VAPID key of the server (RFC 8292), an uncompressed point; absent: the server wakes no device. */
  vapid: optional(readBytes(65)),
  /** For a phone that replaces another one: the name of the old phone, which shows the link. */
  from: optional(readName),
  /** Parameters for a credential (WebAuthn) that verifies the person. `required`: a phone without one is not enrolled. */
  credential: optional(
    readObject({
      challenge: readBytes(32),
      use: readOneOf('preferred', 'required'),
    }),
  ),
})
export type Offer = Read<typeof readOffer>

/** A new credential as `PublicKeyCredential.toJSON()` gives it. */
const readNewCredential = readObject({
  id: readText(1366, /^[\w-]+$/),
  clientDataJSON: readText(4096, /^[\w-]+$/),
  attestationObject: readText(8192, /^[\w-]+$/),
})
export type NewCredential = Read<typeof readNewCredential>

export const readEnrol = readObject({
  v: readVersion,
  aud: readOrigin,
  sub: readId,
  iat: readTime,
  /** The secret of the link, which shows that the device has seen it. */
  secret: readBytes(16),
  /** The origin of the app. */
  app: readOrigin,
  name: readOwnName,
  platform: readOneOf('android', 'ios', 'other'),
  /** The public key for messages that only read. The key for answers is in the header. */
  reader: readPublicKey,
  /** The public key that one-time codes are encrypted to. Absent: the device shows no one-time codes. */
  codes: optional(readPublicKey),
  subscription: optional(readSubscription),
  credential: optional(readNewCredential),
})
export type Enrol = Read<typeof readEnrol>

export const readEnrolled = readObject({
  v: readVersion,
  iss: readOrigin,
  /** The id of the authenticator from now on. */
  sub: readId,
  iat: readTime,
  registration: readId,
  /** The thumbprint of the key that the next answer is to be signed with. */
  key: readThumbprint,
  /** JWE for the key `codes` of `enrol`, see jwe.ts. */
  totp: optional(readText(2048, /^[\w.-]+$/)),
})
export type Enrolled = Read<typeof readEnrolled>

export const readFetch = readObject({
  v: readVersion,
  aud: readOrigin,
  sub: readId,
  iat: readTime,
  jti: readId,
  /** The language of the device (RFC 5646), in which the server names browsers and its own pages if it can. */
  language: optional(readText(35, /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/)),
})
export type Fetch = Read<typeof readFetch>

export const requestKinds = ['login', 'enrolment', 'test', 'caller', 'move'] as const

/** A request that waits for an answer. */
export const readRequest = readObject({
  id: readId,
  nonce: readBytes(32),
  /**
   * `enrolment`: the first one, which shows that the new device works. `caller`: the service desk asks. `move`: another device
   * asks to replace this one, and shows the code.
   */
  kind: readOneOf(...requestKinds),
  /** With `login`: the person confirms a change of their account. */
  confirms: optional(readOneOf('account')),
  /** With `login`: an app asks without a login page, and shows the code itself or lets a person read it out. */
  asks: optional(readOneOf('app')),
  /** With `asks`: the purpose that the app gives. */
  purpose: optional(readName),
  account: readText(320),
  app: optional(readName),
  browser: optional(readName),
  place: optional(readName),
  /** With `move`: the name that the other device gives itself. */
  device: optional(readName),
  /** When it was made, and until when it can be answered. */
  at: readTime,
  exp: readTime,
  /** The number of digits of the code on the page. */
  digits: readWhole(4, 12),
  /** `required`: the answer needs the credential of the device, which verifies the person. */
  verification: readOneOf('none', 'required'),
})
export type Request = Read<typeof readRequest>

export const readPending = readObject({
  v: readVersion,
  iss: readOrigin,
  sub: readId,
  iat: readTime,
  /** The `jti` of the message that it answers. */
  fetch: readId,
  /** `new`: the enrolment waits for its first request. */
  state: readOneOf('new', 'active'),
  issuer: readName,
  account: readText(320),
  /** Whether the one-time codes of the device can be used: `new` until it is active, `none` when they were removed. */
  codes: optional(readOneOf('new', 'active', 'none')),
  /** For a new device that replaces another one: the digits that it shows, to be typed on the old one. */
  code: optional(readText(12, /^\d{4,12}$/)),
  requests: readList(readRequest, 10),
})
export type Pending = Read<typeof readPending>

/** The signature of a credential, in the form of `PublicKeyCredential.toJSON()`. `computeChallenge` gives its challenge. */
const readVerification = readObject({
  id: readText(1366, /^[\w-]+$/),
  clientDataJSON: readText(4096, /^[\w-]+$/),
  authenticatorData: readText(4096, /^[\w-]+$/),
  signature: readText(1024, /^[\w-]+$/),
})
export type Verification = Read<typeof readVerification>

export const decisions = ['approve', 'deny', 'report'] as const

/** How many keys of messages without a reply an answer can name. */
export const mostUnanswered = 32

export const readAnswer = readObject({
  v: readVersion,
  aud: readOrigin,
  sub: readId,
  iat: readTime,
  /** The id and the nonce of the request. */
  jti: readId,
  nonce: readBytes(32),
  /** `report`: the request is not from the owner of the account. */
  decision: readOneOf(...decisions),
  /** With `approve`: the code that the person typed. */
  code: optional(readText(12, /^\d{4,12}$/)),
  /** The scanned secret, in place of `code`. */
  scan: optional(readBytes(16)),
  /** The origin of the app. */
  app: readOrigin,
  /** The thumbprint of the key that signs, and the public key that the next answer will be signed with. */
  key: readThumbprint,
  next: readPublicKey,
  /** The thumbprints of the next keys in earlier messages of the same key that got no reply. */
  /** By the reading key, see `signKeyProof`: for a server that does not know the answer key. */
  proof: readBytes(64),
  unanswered: optional(readList(readThumbprint, mostUnanswered)),
  verification: optional(readVerification),
})
export type Answer = Read<typeof readAnswer>

export const outcomes = [
  'approved',
  'denied',
  'reported',
  /** The code does not match the page; `left` is the number of attempts left. */
  'wrong_code',
  /** The credential had to verify the person, and did not. */
  'not_verified',
  'expired',
  /** Another request replaced it, or its page was left. */
  'superseded',
  /** It already had an answer. */
  'answered',
  /** The message is not signed with the key that the server expects, which `key` names. Nothing has changed. */
  'other_key',
] as const

export const readAnswered = readObject({
  v: readVersion,
  iss: readOrigin,
  sub: readId,
  iat: readTime,
  /** The id of the request. */
  jti: readId,
  /**
   * The id of the message that it answers, see `computeMessageId`, so that a reply to an earlier message is not mistaken for
   * it.
   */
  answer: readThumbprint,
  outcome: readOneOf(...outcomes),
  left: optional(readWhole(0, 10)),
  /** With `approved`, for a `caller`: the digits that the person reads out. */
  code: optional(readText(12, /^\d{4,12}$/)),
  /** The thumbprint of the key that the next answer is to be signed with. */
  key: readThumbprint,
})
export type Answered = Read<typeof readAnswered>

export const readChange = readObject({
  v: readVersion,
  aud: readOrigin,
  sub: readId,
  iat: readTime,
  jti: readId,
  name: optional(readOwnName),
  /** `none`: the device must not be woken any more. */
  subscription: optional((value: unknown) =>
    value === 'none' ? ('none' as const) : readSubscription(value),
  ),
  /** The person removes the account on the device: it cannot answer any more. */
  left: optional((value: unknown) => (value === true ? value : undefined)),
})
export type Change = Read<typeof readChange>

export const readChanged = readObject({
  v: readVersion,
  iss: readOrigin,
  sub: readId,
  iat: readTime,
  change: readId,
})

export const readMove = readObject({
  v: readVersion,
  aud: readOrigin,
  sub: readId,
  iat: readTime,
  jti: readId,
  /** The password of the account, so that a thief of an unlocked device cannot move the account. */
  password: readText(1024),
  app: readOrigin,
  key: readThumbprint,
  next: readPublicKey,
  /** By the reading key, see `signKeyProof`: for a server that does not know the answer key. */
  proof: readBytes(64),
  unanswered: optional(readList(readThumbprint, mostUnanswered)),
  verification: optional(readVerification),
})
export type Move = Read<typeof readMove>

export const moveOutcomes = [
  'open',
  'wrong_password',
  /** Not now, or not for this account: there were too many requests, or it is blocked. */
  'refused',
  'not_verified',
  'other_key',
] as const

export const readMoved = readObject({
  v: readVersion,
  iss: readOrigin,
  sub: readId,
  iat: readTime,
  move: readId,
  /** The id of the message that it answers, see `computeMessageId`: this binds it to the device and the keys in the message. */
  message: readThumbprint,
  outcome: readOneOf(...moveOutcomes),
  /** With `open`: the link for the QR code that the old device shows to the new one, and until when it is valid. */
  link: optional(readText(1024, /^https?:\/\/[^\p{Cc}\s]+$/u)),
  exp: optional(readTime),
  key: readThumbprint,
})
export type Moved = Read<typeof readMoved>

export const readWake = readObject({
  v: readVersion,
  iss: readOrigin,
  sub: readId,
  iat: readTime,
  exp: readTime,
  /** The id of the request. */
  jti: readId,
})
export type Wake = Read<typeof readWake>
