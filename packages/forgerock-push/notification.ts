/**
 * The notification: what the server sends to a phone through a push service. Every claim is a JSON string, because
 * clients throw on anything else. Owns the claims; how the message travels is in sns.ts.
 */
import { textFromBase64, toBase64 } from './base64.ts'
import { asciiJson, readObject } from './json.ts'
import { type Claims, signJwt, unverifiedClaims, verifyJwt } from './jwt.ts'
import { defaultCookie } from './registration-uri.ts'

export type ThreeNumbers = readonly [number, number, number]

/** What the person has to do: tap approve, tap a number, or give the phone a fingerprint. */
export type NotificationKind =
  | { readonly type: 'default' }
  | { readonly type: 'biometric' }
  | { readonly type: 'challenge'; readonly numbers: ThreeNumbers }

/** Where the login comes from. The vendor's apps show these. */
export interface NotificationContext {
  readonly remoteIp?: string
  readonly userAgent?: string
  readonly location?: { readonly latitude: number; readonly longitude: number }
}

/** The registration that a message is for. */
export interface NotifiedPhone {
  /** As the phone sent it, letter for letter. */
  readonly mechanismUid: string
  readonly secret: Uint8Array
  readonly username?: string
  /** `name=value`, ASCII. */
  readonly cookie?: string
}

/** How long a message is valid. */
export interface NotificationLifetime {
  /** Milliseconds since the epoch; different for every message to one phone. */
  readonly createdAt: number
  readonly ttlSeconds: number
}

export interface NotificationInput {
  readonly messageId: string
  readonly phone: NotifiedPhone
  /** Base64 of 32 bytes. */
  readonly challenge: string
  readonly lifetime: NotificationLifetime
  /** One line for the person. */
  readonly text: string
  readonly kind: NotificationKind
  readonly context?: NotificationContext
  /** Further texts, for clients that know them (for example `app`, `browser`, `place`). */
  readonly attributes?: Readonly<Record<string, string>>
}

export interface BuiltNotification {
  readonly messageId: string
  /** The signed message, at most 3000 characters. */
  readonly message: string
}

/** A push service carries 4096 bytes, and to iPhones the text travels a second time beside the message. */
const maxMessageLength = 3000

/**
 * Builds a message. If it is too long, parts are left out: first the attributes, then the context, then text.
 * @throws RangeError when even the shortest form is longer than 3000 characters
 *
 *     const { messageId, message } = buildNotification({
 *       messageId: makeMessageId('AUTHENTICATE', uuid, now),
 *       phone: { mechanismUid, secret },
 *       challenge,
 *       lifetime: { createdAt: now, ttlSeconds: 120 },
 *       text: 'Login to Webmail?',
 *       kind: { type: 'challenge', numbers: [17, 42, 88] },
 *     })
 */
export function buildNotification(input: NotificationInput): BuiltNotification {
  const { attributes: _, ...withoutAttributes } = input
  const { context: __, ...withoutContext } = withoutAttributes
  const shortened = { ...withoutContext, text: [...input.text].slice(0, 40).join('') }
  const messages = [input, withoutAttributes, withoutContext, shortened].map((version) =>
    signJwt(buildClaims(version), input.phone.secret),
  )
  const message = messages.find((candidate) => candidate.length <= maxMessageLength)
  if (message === undefined) throw new RangeError('The notification is too long to be pushed')
  return { messageId: input.messageId, message }
}

function buildClaims(input: NotificationInput): Claims {
  const { phone, lifetime, kind, context } = input
  return {
    u: phone.mechanismUid,
    l: toBase64(phone.cookie ?? defaultCookie),
    c: input.challenge,
    m: notificationText(input.text),
    k: kind.type,
    i: `${lifetime.createdAt}`,
    t: `${lifetime.ttlSeconds}`,
    ...(phone.username !== undefined && { d: phone.username }),
    ...(kind.type === 'challenge' && { n: kind.numbers.join(',') }),
    p: asciiJson(input.attributes ?? {}),
    ...(context !== undefined && { x: asciiJson(contextClaim(context)) }),
  }
}

function contextClaim(context: NotificationContext) {
  return {
    ...(context.location && { location: context.location }),
    ...(context.remoteIp !== undefined && { remoteIp: context.remoteIp }),
    ...(context.userAgent !== undefined && { userAgent: context.userAgent.slice(0, 256) }),
  }
}

/**
 * The text in a form that every client shows: one line, at most 150 characters. One client shows `"` and `\` with their
 * escapes, and loses a text that looks like a JSON number or word.
 */
export function notificationText(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
  const short = [...line].slice(0, 150).join('').trim()
  return /^(-?\d[\d.e+-]*|true|false|null)?$/i.test(short) ? `${short}.` : short
}

/** A notification as a phone reads it. */
export interface ReadNotification {
  readonly mechanismUid: string
  /** Base64. */
  readonly challenge: string
  readonly cookie: string
  readonly text: string
  readonly kind: NotificationKind
  /** Absent in messages of older servers. */
  readonly createdAt?: number
  readonly ttlSeconds: number
  readonly username?: string
  readonly context: NotificationContext
  readonly attributes: Readonly<Record<string, string>>
}

export type NotificationReading =
  | { readonly type: 'ok'; readonly notification: ReadNotification }
  | { readonly type: 'refused'; readonly reason: 'bad_signature' }
  | { readonly type: 'refused'; readonly reason: 'unreadable'; readonly claim: string }

/** The mechanism UID of a message, read before its signature can be checked; `undefined`: not readable. */
export function readMechanism(message: string): string | undefined {
  const uid = unverifiedClaims(message)?.u
  return typeof uid === 'string' ? uid : undefined
}

/** Reads a message as strictly as the iOS client: `t` and `l` must be there, every claim a string. Never throws. */
export function parseNotification(message: string, secret: Uint8Array): NotificationReading {
  const claims = verifyJwt(message, secret)
  if (claims === undefined) return { type: 'refused', reason: 'bad_signature' }
  for (const [name, value] of Object.entries(claims))
    if (typeof value !== 'string') return { type: 'refused', reason: 'unreadable', claim: name }
  return readClaims(claims as Readonly<Record<string, string>>)
}

function readClaims(claims: Readonly<Record<string, string>>): NotificationReading {
  const { u, c, t, i, m = '', d } = claims
  const cookie = claims.l === '' ? '' : textFromBase64(claims.l ?? '')
  const kind = readKind(claims)
  const unreadable = (claim: string) => ({ type: 'refused', reason: 'unreadable', claim }) as const
  if (u === undefined) return unreadable('u')
  if (c === undefined || !isStandardBase64(c)) return unreadable('c')
  if (cookie === undefined) return unreadable('l')
  if (t === undefined || !/^\d{1,6}$/.test(t)) return unreadable('t')
  if (i !== undefined && !/^\d{1,15}$/.test(i)) return unreadable('i')
  if (kind === undefined) return unreadable('n')
  const notification = {
    mechanismUid: u,
    challenge: c,
    cookie,
    text: m,
    kind,
    ...(i !== undefined && { createdAt: Number(i) }),
    ttlSeconds: Number(t),
    ...(d !== undefined && { username: d }),
    context: readContext(claims.x ?? ''),
    attributes: readAttributes(claims.p ?? ''),
  }
  return { type: 'ok', notification }
}

/** The Android clients silently give a wrong answer to a challenge in the other dialect. */
function isStandardBase64(text: string): boolean {
  return /^[A-Za-z\d+/]+={0,2}$/.test(text) && text.length % 4 === 0
}

function readKind({ k, n }: Readonly<Record<string, string>>): NotificationKind | undefined {
  if (k === 'biometric') return { type: 'biometric' }
  if (k !== 'challenge') return { type: 'default' }
  const match = /^(\d{1,2}),(\d{1,2}),(\d{1,2})$/.exec(n ?? '')
  if (match === null) return undefined
  return { type: 'challenge', numbers: [Number(match[1]), Number(match[2]), Number(match[3])] }
}

function readContext(text: string): NotificationContext {
  const { location, remoteIp, userAgent } = readObject(text) ?? {}
  return {
    ...(isLocation(location) && { location }),
    ...(typeof remoteIp === 'string' && { remoteIp }),
    ...(typeof userAgent === 'string' && { userAgent }),
  }
}

function isLocation(value: unknown): value is { latitude: number; longitude: number } {
  if (typeof value !== 'object' || value === null) return false
  const { latitude, longitude } = value as Record<string, unknown>
  return typeof latitude === 'number' && typeof longitude === 'number'
}

function readAttributes(text: string): Record<string, string> {
  const attributes = Object.entries(readObject(text) ?? {})
  return Object.fromEntries(
    attributes.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
