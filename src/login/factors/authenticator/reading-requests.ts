/**
 * What a device asks without answering: which requests wait, and changes of its name and subscription. Its reading key signs
 * these messages.
 */
import {
  type Pending,
  type Reader,
  type Request,
  readChange,
  readFetch,
  types,
} from '#authenticator'
import { lockUser } from '../../../identity/users/lock.ts'
import type { User } from '../../../identity/users/user.ts'
import { type Transaction, transact } from '../../../platform/storage/transact.ts'
import { chooseLanguage, parseLanguage } from '../../../platform/ui/language.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { wakeAfterCommit } from '../../engine/ended-logins.ts'
import { browserOfAbout, pagesMessage } from '../../report/about.ts'
import { type Challenge, codeDigits } from './challenges.ts'
import { findCodesState } from './codes.ts'
import {
  type DeviceReply,
  type DeviceRequestOptions,
  isClockRight,
  isForUs,
  isSignedBy,
  readSigned,
  refuse,
  refuseRemoved,
  say,
  toSeconds,
} from './device-replies.ts'
import type { AuthenticatorDevice } from './devices.ts'
import { authenticatorEvents } from './events.ts'
import { findNewName, findShownCode } from './move.ts'

interface ReadingClaims {
  readonly aud: string
  readonly sub: string
  readonly iat: number
  readonly jti: string
}

type Checked<T> =
  | { readonly type: 'right'; readonly claims: T; readonly device: AuthenticatorDevice }
  | Extract<DeviceReply, { type: 'refused' }>

/** Which device has sent a message, by its reading key. */
export async function checkReading<T extends ReadingClaims>(
  options: DeviceRequestOptions,
  body: string,
  form: { readonly type: string; readonly read: Reader<T> },
): Promise<Checked<T>> {
  const message = readSigned(body, form)
  if (message === undefined) return refused('malformed')
  const { claims } = message
  const device = await options.stores.devices.find(options.platform.db, claims.sub)
  if (device === undefined || !(await isSignedBy(message, device.readerJwk))) {
    return refused('unknown')
  }
  const wait = options.limits.reading.admit(device.id)
  if (wait !== undefined) return { ...refused('limit'), ...wait }
  if (device.status === 'removed') return refuseRemoved(device)
  if (!isClockRight(options, claims)) return refused('clock')
  return isForUs(options, claims) ? { type: 'right', claims, device } : refused('malformed')
}

const refused = (error: Parameters<typeof refuse>[0]) =>
  ({ type: 'refused', error, reason: error }) as const

export async function answerFetch(
  options: DeviceRequestOptions,
  body: string,
): Promise<DeviceReply> {
  const checked = await checkReading(options, body, { type: types.fetch, read: readFetch })
  if (checked.type === 'refused') return checked
  const { device, claims } = checked
  const { platform, identity, stores, server } = options
  const user = await identity.users.find(platform.db, device.userId)
  if (user === undefined) return refuse('ended', 'no_user')
  // Only a phone that has the account asks.
  if (device.hasLeft) await stores.devices.noteLeft(platform.db, device.id, null)
  const waiting = await stores.challenges.listWaiting(platform.db, device.id)
  const codes = await findCodesState(options.codes, platform.db, device)
  const code = await findShownCode(options, device)
  const said: Omit<Pending, 'v' | 'iss' | 'sub' | 'iat'> = {
    fetch: claims.jti,
    state: device.status === 'active' ? 'active' : 'new',
    issuer: server.issuer,
    account: user.username,
    ...(codes !== undefined && { codes }),
    ...(code !== undefined && { code }),
    requests: await Promise.all(
      waiting.map((one) =>
        describeRequest(options, one, {
          ...user,
          language: parseLanguage(claims.language) ?? user.language,
        }),
      ),
    ),
  }
  return await say(options, device, { type: types.pending, sub: device.id, claims: said })
}

/**
 * The code is not included: the person carries it from the page.
 * @param user with the language of the phone, where it says which
 */
async function describeRequest(
  options: DeviceRequestOptions,
  challenge: Challenge,
  { username, language: last }: User,
): Promise<Request> {
  const { about = {} } = challenge
  const language = chooseLanguage({ last, here: challenge.language }, challenge.language)
  const browser = browserOfAbout(about)
  const place = about.place ?? about.address
  const t = createTranslator(language)
  const app = about.pages === undefined ? about.app : t(pagesMessage(about.pages))
  const name = challenge.purpose === 'move' ? await findNewName(options, challenge) : undefined
  return {
    id: challenge.id,
    nonce: challenge.nonce,
    kind: challenge.purpose,
    account: username,
    ...(about.pages === 'account' && { confirms: 'account' }),
    ...(about.byApp !== undefined && { asks: 'app' }),
    ...(about.byApp?.message !== undefined && { purpose: shorten(about.byApp.message) }),
    ...(app !== undefined && { app: shorten(app) }),
    ...(browser !== undefined && { browser: shorten(t(browser)) }),
    ...(place !== undefined && { place: shorten(place) }),
    ...(name !== undefined && { device: shorten(name) }),
    at: toSeconds(challenge.createdAt),
    exp: toSeconds(challenge.expiresAt),
    digits: codeDigits,
    verification: challenge.verification,
  }
}

/** A name as the protocol allows it: 80 characters, none of them for control. */
export const shorten = (text: string): string =>
  [...text.replaceAll(/\p{Cc}/gu, ' ')].slice(0, 40).join('') || '-'

/** The pages that wait for this phone go on without it. Its owner still has it in the account, and removes it there. */
async function leave(
  { stores, identity, platform }: DeviceRequestOptions,
  tx: Transaction,
  { id: deviceId, userId, name }: AuthenticatorDevice,
): Promise<void> {
  if (!(await stores.devices.noteLeft(tx, deviceId, platform.clock.now()))) return
  wakeAfterCommit(platform.events, tx, await stores.challenges.withdrawAll(tx, deviceId))
  await identity.audit.record(tx, authenticatorEvents.left, { userId, deviceId, name })
}

export async function answerChange(
  options: DeviceRequestOptions,
  body: string,
): Promise<DeviceReply> {
  const checked = await checkReading(options, body, { type: types.change, read: readChange })
  if (checked.type === 'refused') return checked
  const { device, claims } = checked
  const { id: deviceId, userId } = device
  const name = claims.name?.trim() || undefined
  const { subscription, left } = claims
  const isRenamed = name !== undefined && name !== device.name
  const isChanged = await transact(options.platform.db, async (tx) => {
    await lockUser(tx, userId)
    const to = {
      ...(name !== undefined && { name }),
      ...(subscription !== undefined && { subscription }),
    }
    if (!(await options.stores.devices.change(tx, deviceId, to))) return false
    if (isRenamed) {
      await options.identity.audit.record(tx, authenticatorEvents.renamed, {
        ...{ userId, deviceId, name },
      })
    }
    if (left === true) await leave(options, tx, device)
    return true
  })
  if (!isChanged) return refuse('ended', 'device_removed')
  const said = { change: claims.jti }
  return await say(options, device, { type: types.changed, sub: deviceId, claims: said })
}
