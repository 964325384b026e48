/**
 * Decides about the three requests of phones. The HTTP side is in routes.ts; the format of the messages belongs to
 * `#forgerock-push` and is described in its README. A phone never moves a journey: it enrols itself as `pending` or answers a
 * challenge, once, and the waiting page is woken.
 */

import {
  type PhoneDevice,
  type RegisteringPhone,
  readAnswer,
  readMessageBody,
  readRefresh,
  readRefreshBody,
  readRegistration,
} from '#forgerock-push'
import { type Aggregate, createAggregate } from '../../../identity/audit/aggregate.ts'
import { lockUser } from '../../../identity/users/lock.ts'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { isUniqueViolation } from '../../../platform/storage/errors.ts'
import { type Transaction, transact } from '../../../platform/storage/transact.ts'
import { journeyTopic } from '../../engine/engine.ts'
import { browserOfAbout } from '../../report/about.ts'
import { isRefusalOfLogin, isTooLate } from '../approval/requests.ts'
import { findBrowserGroup } from '../budget-key.ts'
import type { IdentityParts, LoginParts, PlatformParts } from '../factor-parts.ts'
import type { LinkedCodes } from '../linked-codes.ts'
import { factorNotices } from '../notices.ts'
import { judgeAnswer, type PhoneAnswer } from './caller-check.ts'
import type { PushChallenge } from './challenges.ts'
import type { PushDevice } from './devices.ts'
import { pushEvents } from './events.ts'
import { revokeCodes } from './linked-codes.ts'
import { pushNotices } from './notices.ts'
import type { PushRegistration } from './registrations.ts'
import type { PushSender, PushTarget } from './senders/sender.ts'
import type { PushStores } from './stores.ts'

export interface PhoneRequestsOptions {
  readonly platform: Pick<PlatformParts, 'db' | 'clock' | 'events' | 'log'>
  readonly identity: Pick<IdentityParts, 'users' | 'throttle' | 'audit' | 'notify'>
  readonly login: Pick<LoginParts, 'lockout' | 'notMeUrl'>
  readonly stores: PushStores
  readonly senders: readonly PushSender[]
  /** Finds the factor whose linked TOTP is revoked when a second phone answers the QR code. */
  readonly findLinkedCodes?: () => LinkedCodes | undefined
}

/** A phone learns only the type. The reason is for the log. */
export type PhoneReply =
  | { readonly type: 'ok' }
  | { readonly type: 'refused'; readonly reason: string }

const ok: PhoneReply = { type: 'ok' }
const refused = (reason: string): PhoneReply => ({ type: 'refused', reason })

/** Another request took the code first: rolls the transaction back, and the request is decided again. */
class StaleRegistration extends Error {}

interface RequestParts extends PhoneRequestsOptions {
  /** New addresses of phones that have reported too many in a short time, audited as an aggregate. */
  readonly refreshes: Aggregate<PhoneFacts>
  /** Repeated scans of one code. Anybody with the code can repeat them without end. */
  readonly scans: Aggregate<PhoneFacts>
}

interface PhoneFacts {
  readonly userId: string
  readonly deviceId: string
}

export function createPhoneRequests(options: PhoneRequestsOptions) {
  const { platform, identity } = options
  const fold = (event: typeof pushEvents.tokenRefreshed | typeof pushEvents.registeredAgain) =>
    createAggregate<PhoneFacts>({
      clock: platform.clock,
      write: (queries, facts) => identity.audit.record(queries, event, facts),
      findKey: ({ deviceId }) => deviceId,
      withoutKey: (facts) => facts,
    })
  const refreshes = fold(pushEvents.tokenRefreshed)
  const scans = fold(pushEvents.registeredAgain)
  const parts: RequestParts = { ...options, refreshes, scans }
  return {
    /** `_action=register`. The first phone takes the code; its identical repeat gets the same reply. */
    register: (body: string): Promise<PhoneReply> => register(parts, body),

    /** `_action=authenticate`. The first answer is final; its identical repeat gets the same reply while the challenge is valid. */
    authenticate: (body: string): Promise<PhoneReply> => authenticate(options, body),

    /** `_action=refresh`. The phone's operating system has given it another address. */
    refresh: (body: string): Promise<PhoneReply> => refresh(parts, body),

    async flush(...which: Parameters<Aggregate<PhoneFacts>['flush']>): Promise<void> {
      await refreshes.flush(...which)
      await scans.flush(...which)
    },
  }
}

export type PhoneRequests = Omit<ReturnType<typeof createPhoneRequests>, 'flush'>

async function register(options: RequestParts, text: string): Promise<PhoneReply> {
  const body = readMessageBody(text, 'REGISTER')
  if (body.type === 'refused') return refused(body.reason)
  const registration = await options.stores.registrations.find(options.platform.db, body.messageId)
  if (registration === undefined) return refused('unknown_message')
  const { challenge } = registration
  const reading = readRegistration(body.jwt, { secret: registration.secret(), challenge })
  if (reading.type === 'refused') return refused(reading.reason)
  const { phone } = reading
  if (!canBeReached(options, phone)) return refused('address_not_allowed')
  const answerHash = sha256(`${phone.mechanismUid}\n${phone.deviceId}`)
  if (await enrol(options, registration, phone, answerHash)) {
    options.platform.events.wake(journeyTopic(registration.journeyHash))
    return ok
  }
  return await judgeRepeat(options, registration, phone, answerHash)
}

/**
 * A token of Firebase or Apple is stored even when no sender accepts it: the page then says that the phone cannot be reached,
 * and a sender that is configured later reaches it. Every other address is stored only when a sender accepts it.
 */
function canBeReached(options: PhoneRequestsOptions, phone: PhoneDevice): boolean {
  const target: PushTarget = { ...phone, token: phone.deviceId }
  return isPlainToken(phone.deviceId) || options.senders.some((sender) => sender.accepts(target))
}

/** Tokens of Firebase have a colon after at least 11 characters; the scheme of an address is shorter. */
export function isPlainToken(token: string): boolean {
  return /^[\w:.=+-]{1,4096}$/.test(token) && !/^[a-z][a-z\d+.-]{0,9}:/i.test(token)
}

/** `false`: the code is taken, closed or expired, or the phone chose a mechanism id that exists. */
async function enrol(
  options: PhoneRequestsOptions,
  registration: PushRegistration,
  phone: RegisteringPhone,
  answerHash: string,
): Promise<boolean> {
  const { devices, registrations, pending } = options.stores
  const { audit } = options.identity
  const { userId, messageId } = registration
  if (registration.status !== 'open') return false
  try {
    await transact(options.platform.db, async (tx) => {
      const deviceId = await devices.add(tx, userId, phone, registration.secret())
      if (!(await registrations.take(tx, messageId, { answerHash, deviceId })))
        throw new StaleRegistration()
      await pending.removeEarlier(tx, userId, { id: deviceId, token: phone.deviceId })
      await audit.record(tx, pushEvents.registered, {
        userId,
        deviceId,
        name: phone.deviceName || null,
      })
    })
    return true
  } catch (error) {
    if (error instanceof StaleRegistration || isUniqueViolation(error)) return false
    throw error
  }
}

async function judgeRepeat(
  options: RequestParts,
  { messageId, journeyHash, userId }: PushRegistration,
  phone: RegisteringPhone,
  answerHash: string,
): Promise<PhoneReply> {
  const now = await options.stores.registrations.find(options.platform.db, messageId)
  if (now?.status !== 'answered') return refused('registration_over')
  if (now.answerHash === answerHash) return ok
  if (await replaceSame(options, now, phone, answerHash)) {
    options.platform.events.wake(journeyTopic(journeyHash))
    return ok
  }
  // Everybody with the code can repeat this without end, so it is recorded only once.
  if (now.secondAnswerAt !== null) return refused('second_phone')
  await transact(options.platform.db, async (tx) => {
    await lockUser(tx, userId)
    if (!(await options.stores.registrations.noteSecondAnswer(tx, messageId))) return
    if (await options.stores.registrations.mayNotifySecondPhone(tx, now)) {
      await options.identity.notify(tx, pushNotices.secondPhoneRefused, { userId })
    }
    await revokeCodes(options, tx, now)
    await options.identity.audit.record(tx, pushEvents.secondPhoneRefused, { userId })
  })
  options.platform.events.wake(journeyTopic(journeyHash))
  return refused('second_phone')
}

/** Clients choose a new mechanism id at every scan, so a phone whose reply was lost comes back with another one. */
async function replaceSame(
  { platform: { db, clock }, stores, scans }: RequestParts,
  { messageId, userId, deviceId, answerHash: before, expiresAt }: PushRegistration,
  phone: RegisteringPhone,
  after: string,
): Promise<boolean> {
  if (deviceId === null || clock.now() >= expiresAt) return false
  try {
    return await transact(db, async (tx) => {
      await lockUser(tx, userId)
      const same = { messageId, deviceId, before, after, phone }
      if (!(await stores.pending.replaceSame(tx, same))) return false
      await scans.add(tx, { userId, deviceId })
      return true
    })
  } catch (error) {
    if (isUniqueViolation(error)) return false
    throw error
  }
}

async function authenticate(options: PhoneRequestsOptions, text: string): Promise<PhoneReply> {
  const body = readMessageBody(text, 'AUTHENTICATE')
  if (body.type === 'refused') return refused(body.reason)
  const challenge = await options.stores.challenges.find(options.platform.db, body.messageId)
  const device =
    challenge && (await options.stores.devices.find(options.platform.db, challenge.deviceId))
  if (challenge === undefined || device === undefined) return refused('unknown_message')
  const reading = readAnswer(body.jwt, {
    secret: device.secret(),
    challenge: challenge.challenge,
    answer:
      challenge.type === 'default'
        ? { type: 'default' }
        : { type: 'challenge', rightNumber: challenge.numbers.right },
  })
  if (reading.type === 'refused') return refused(reading.reason)
  const answer = judgeAnswer(challenge, reading)
  if (await recordAnswer(options, challenge, device, answer)) {
    options.platform.events.wake(journeyTopic(challenge.journeyHash))
    return ok
  }
  const current = await options.stores.challenges.find(options.platform.db, body.messageId)
  const isAlive =
    !isTooLate(challenge, options.platform.clock.now()) ||
    isRefusalOfLogin(challenge.purpose, answer.answer)
  if (isAlive && current?.answerHash === answer.answerHash) return ok
  return refused(`challenge_${current?.status ?? 'gone'}`)
}

async function recordAnswer(
  options: PhoneRequestsOptions,
  challenge: PushChallenge,
  { name }: PushDevice,
  { answer, answerHash }: PhoneAnswer,
): Promise<boolean> {
  if (challenge.status !== 'waiting' && challenge.status !== 'superseded') return false
  const { userId, deviceId, purpose } = challenge
  return await transact(options.platform.db, async (tx) => {
    if (!(await options.stores.challenges.answer(tx, challenge, { answer, answerHash })))
      return false
    if (purpose === 'login' && answer === 'wrong_number') {
      await options.login.lockout.fail(tx, userId, 'push', findBrowserGroup(challenge.budgetKey))
    }
    if (purpose === 'login' && answer !== 'approved') {
      await notifyRefusal(options, tx, challenge, { answer, device: name })
    }
    await options.identity.audit.record(tx, pushEvents.answered, {
      userId,
      deviceId,
      purpose,
      outcome: answer,
      ...(purpose === 'login' && describeLogin(challenge)),
    })
    return true
  })
}

function describeLogin({ about, createdAt }: PushChallenge) {
  return { ...(about?.app !== undefined && { app: about.app }), askedAt: createdAt }
}

/** Sends a mail that names the login and asks whether it was the user's own. */
async function notifyRefusal(
  { identity: { notify }, login: { notMeUrl } }: PhoneRequestsOptions,
  tx: Queries,
  { userId, messageId: challengeId, about = {} }: PushChallenge,
  refusal: { readonly answer: 'denied' | 'wrong_number'; readonly device: string | null },
): Promise<void> {
  const { answer, device } = refusal
  const ofLogin = answer === 'denied' ? pushNotices.denied : pushNotices.wrongNumber
  const notice = about.byApp === undefined ? ofLogin : factorNotices.appRequestRefused
  const { app, place, address } = about
  const facts = { userId, device, app, browser: browserOfAbout(about), place, address }
  await notify(tx, notice, { ...facts, notMeUrl: await notMeUrl(tx, { userId, challengeId }) })
}

async function refresh(options: RequestParts, text: string): Promise<PhoneReply> {
  const body = readRefreshBody(text)
  if (body.type === 'refused') return refused(body.reason)
  const device = await options.stores.devices.findByMechanism(
    options.platform.db,
    body.mechanismUid,
  )
  if (device === undefined || !(await mayRefresh(options, device)))
    return refused('unknown_mechanism')
  const { mechanismUid } = device
  const reading = readRefresh(body.jwt, { secret: device.secret(), mechanismUid })
  if (reading.type === 'refused') return refused(reading.reason)
  if (!canBeReached(options, reading.device)) return refused('address_not_allowed')
  return await changeAddress(options, device, reading.device)
}

/**
 * Stores every new address, because phones send each one only once: a refused one would be lost for good. Only what a flood
 * writes to the audit log is limited. One after the other, because the last one that came is the right one.
 */
async function changeAddress(
  parts: RequestParts,
  { id }: PushDevice,
  to: PhoneDevice,
): Promise<PhoneReply> {
  const { stores, platform, identity } = parts
  const key = `refresh:${id}`
  return await identity.throttle.inTurn(key, async () => {
    const before = await stores.devices.find(platform.db, id)
    const seemsNew = before !== undefined && !isUnchanged(before, to)
    // A phone has a new address a few times in its life.
    const isFlood = seemsNew && (await identity.throttle.admit(platform.db, key)).type === 'wait'
    return await transact(platform.db, async (tx) => {
      if (before !== undefined) await lockUser(tx, before.userId)
      const device = await stores.devices.find(tx, id)
      // Repeats change nothing and are not audited. Only under the lock is it certain that this is one.
      if (device !== undefined && isUnchanged(device, to)) return ok
      const changed = device !== undefined && (await stores.devices.changeToken(tx, id, to))
      if (!changed) return refused('unknown_mechanism')
      await reportChange(parts, tx, device, { to, isFlood })
      return ok
    })
  })
}

async function reportChange(
  { stores, platform, identity: { notify, audit }, refreshes }: RequestParts,
  tx: Transaction,
  { id: deviceId, userId, name, deviceType }: PushDevice,
  { to, isFlood }: { readonly to: PhoneDevice; readonly isFlood: boolean },
): Promise<void> {
  if (to.deviceType !== deviceType) {
    if (!isFlood) platform.log.warn({ device: deviceId }, 'a phone changed its kind with a refresh')
    if (await stores.devices.mayNotifyTypeChange(tx, deviceId)) {
      await notify(tx, pushNotices.tokenMoved, { userId, device: name })
    }
  }
  if (isFlood) await refreshes.add(tx, { userId, deviceId })
  else await audit.record(tx, pushEvents.tokenRefreshed, { userId, deviceId })
}

/** A pending phone, or a phone whose owner may not log in, is answered like an unknown one. */
async function mayRefresh(
  { platform: { db }, identity: { users } }: PhoneRequestsOptions,
  device: PushDevice,
): Promise<boolean> {
  if (device.status !== 'active') return false
  const owner = await users.find(db, device.userId)
  return owner !== undefined && owner.disabledAt === null
}

function isUnchanged(device: PushDevice, to: PhoneDevice): boolean {
  return (
    device.token === to.deviceId &&
    device.deviceType === to.deviceType &&
    device.communicationType === to.communicationType &&
    device.pushDisabledAt === null &&
    (to.deviceName === undefined ||
      (device.showsNumbers && (to.deviceName === '' || to.deviceName === device.deviceName)))
  )
}
