/** The replies of the server to devices, and the checks that all signed messages share. */
import {
  importPublicKey,
  type Opened,
  openMessage,
  type PublicJwk,
  type Reader,
  version,
} from '#authenticator'
import type { Buckets } from '../../../identity/limits/buckets.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { ReportNotMe } from '../../report/report.ts'
import type { IdentityParts, LoginParts, PlatformParts } from '../factor-parts.ts'
import type { CodesOptions } from './codes.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { type KeyHolder, signAsServer } from './server-keys.ts'
import type { Stores } from './stores.ts'

export interface DeviceRequestOptions {
  readonly platform: Pick<PlatformParts, 'db' | 'clock' | 'events'>
  readonly identity: Pick<
    IdentityParts,
    'users' | 'directory' | 'throttle' | 'audit' | 'failedLogins' | 'notify'
  >
  readonly login: Pick<
    LoginParts,
    'lockout' | 'notMeUrl' | 'revokeAuthenticator' | 'announceBound'
  > & {
    readonly reportNotMe: ReportNotMe
  }
  readonly stores: Stores
  readonly codes: CodesOptions
  readonly server: ServerFacts
  readonly limits: DeviceLimits
}

/**
 * How many messages one device may send. Messages with its reading key, with which it asks what waits, have a limit of their own.
 */
export interface DeviceLimits {
  readonly reading: Pick<Buckets, 'admit'>
  readonly answering: Pick<Buckets, 'admit'>
}

export interface ServerFacts {
  /** The origin of this server, which is that of its own app too. */
  readonly origin: string
  /** Origins of other servers whose app may hold accounts of this server. */
  readonly peers: readonly string[]
  /** Whose login it is, as phones show it. */
  readonly issuer: string
  /** The public VAPID key; absent: no phone is woken. */
  readonly vapid?: string | undefined
}

/** routes.ts has the HTTP status of each. */
export type DeviceError =
  | 'malformed'
  | 'clock'
  | 'unknown'
  | 'used'
  | 'ended'
  | 'copied'
  | 'limit'
  | 'unavailable'

/** A device learns only the error. The reason is for the log. */
export type DeviceReply =
  | { readonly type: 'message'; readonly body: string }
  | {
      readonly type: 'refused'
      readonly error: DeviceError
      readonly reason: string
      /** Seconds. */
      readonly retryAfter?: number
    }

export type Refused = Extract<DeviceReply, { type: 'refused' }>

export const refuse = (error: DeviceError, reason: string = error): Refused => ({
  type: 'refused',
  error,
  reason,
})

/** The reply to a device that was removed. It says so if a copy of the device was the reason. */
export const refuseRemoved = ({ copiedAt }: Pick<AuthenticatorDevice, 'copiedAt'>): Refused =>
  refuse(copiedAt === null ? 'ended' : 'copied')

/** A message with the right form. Its signature is not verified yet. */
export interface ReadMessage<T> {
  readonly opened: Opened
  readonly claims: T
}

/** @param introduces whether it has to name its key in the header, which others must not */
export function readSigned<T>(
  body: string,
  { type, read, introduces = false }: SignedForm<T>,
): ReadMessage<T> | undefined {
  const opened = openMessage(body)
  if (opened?.type !== type || (opened.jwk !== undefined) !== introduces) return undefined
  const claims = read(opened.claims)
  return claims && { opened, claims }
}

interface SignedForm<T> {
  readonly type: string
  readonly read: Reader<T>
  readonly introduces?: boolean
}

/** `false` also for a key that is no point of the curve. */
export async function isSignedBy(
  { opened }: Pick<ReadMessage<unknown>, 'opened'>,
  jwk: PublicJwk,
): Promise<boolean> {
  try {
    return await opened.isSignedBy(await importPublicKey(jwk))
  } catch {
    return false
  }
}

/** Whether the key is a point of the curve, which only its use can show. */
export async function isOnCurve(jwk: PublicJwk): Promise<boolean> {
  return await importPublicKey(jwk).then(
    () => true,
    () => false,
  )
}

/** How far the clock of a phone may be off (ms). */
const clockTolerance = minutes(5)

export function isClockRight(
  { platform }: Pick<DeviceRequestOptions, 'platform'>,
  { iat }: { readonly iat: number },
): boolean {
  return Math.abs(platform.clock.now() - iat * 1000) <= clockTolerance
}

export function isForUs(
  { server }: Pick<DeviceRequestOptions, 'server'>,
  { aud, app = server.origin }: { readonly aud: string; readonly app?: string },
): boolean {
  return aud === server.origin && (app === server.origin || server.peers.includes(app))
}

export const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

/** A signed message of the server, with the claims that every message has. */
export async function say(
  { platform, server }: Pick<DeviceRequestOptions, 'platform' | 'server'>,
  holder: KeyHolder,
  { type, introduces, ...more }: SaidMessage,
): Promise<DeviceReply> {
  const iat = toSeconds(platform.clock.now())
  const claims = { v: version, iss: server.origin, sub: more.sub, iat, ...more.claims }
  const body = await signAsServer(holder, { type, claims }, introduces)
  return { type: 'message', body }
}

interface SaidMessage {
  readonly type: string
  readonly sub: string
  readonly claims: object
  readonly introduces?: boolean
}
