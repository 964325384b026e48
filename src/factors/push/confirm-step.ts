/**
 * The approval on a phone, as a step: `push/confirm` at a login, `push/test` for a phone that was just enrolled. Owns
 * when a challenge is sent and when its approval is spent; the phone's side is in phone-requests.ts.
 */
import type { Audit } from '../../audit/audit.ts'
import { noticeOf } from '../../engine/client.ts'
import { journeyTopic } from '../../engine/engine.ts'
import type { Answers, Change, Step, StepResult, Visit, WaitStatus } from '../../engine/step.ts'
import type { Events } from '../../kernel/events.ts'
import type { Id } from '../../kernel/ids.ts'
import type { Notices } from '../../mail/notices.ts'
import { aboutLogin, type ToldContext } from '../../not-me/about.ts'
import { acrNumber } from '../../policy/assurance.ts'
import type { Database, Queries } from '../../storage/database.ts'
import { type Message, message } from '../../ui/message.ts'
import { lockUser } from '../../users/lock.ts'
import type { Attempts } from '../attempts.ts'
import { provenKey } from '../factor.ts'
import {
  type PushChallenge,
  type PushChallengeStore,
  type Standing,
  standingOf,
} from './challenges.ts'
import {
  confirmAsk,
  deliveryStatus,
  type Limit,
  limitedAsk,
  unreachableAsk,
  unreachableTestAsk,
} from './confirm-page.ts'
import type { PushDelivery } from './delivery.ts'
import type { PushDevice, PushDeviceStore } from './devices.ts'
import type { PushRegistrationStore } from './registrations.ts'

export interface ConfirmStepOptions {
  readonly db: Database
  /** A phone that counts is no reason not to test another one: something else sees to who may do that. */
  readonly isBeside?: boolean
  readonly devices: PushDeviceStore
  readonly challenges: PushChallengeStore
  readonly registrations: PushRegistrationStore
  readonly delivery: PushDelivery
  readonly attempts: Attempts
  readonly events: Events
  readonly audit: Audit
  readonly notices: Notices
  /** The name of the app that a journey is for; undefined for the person's own pages. */
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
  /** The name of this installation, for logins that are for no app. */
  readonly brandName: string
  /** What a person may be told of a login's browser. */
  readonly context: ToldContext
  /** Whether the person has another second factor that would do here. */
  readonly hasOther: (visit: Visit) => Promise<boolean>
}

type Outcome = 'confirmed' | 'cancelled' | 'other' | 'back' | 'overtaken'
type Result = StepResult<Outcome>

/** Messages that one journey may send to a phone. */
const maxSends = 5

/** A login's approval on the phone that was used last. */
export function createConfirmStep(
  options: ConfirmStepOptions,
): Step<'push/confirm', 'confirmed' | 'cancelled' | 'other'> {
  return {
    name: 'push/confirm',
    outcomes: ['confirmed', 'cancelled', 'other'],
    run: (visit) =>
      run(options, 'login', visit) as Promise<StepResult<'confirmed' | 'cancelled' | 'other'>>,
    status: (visit) => status(options, visit),
  }
}

/** The test of a phone that `push/register` has left in `push.device`. Approved, the phone counts. */
export function createTestStep(
  options: ConfirmStepOptions,
): Step<'push/test', 'confirmed' | 'back' | 'overtaken'> {
  return {
    name: 'push/test',
    outcomes: ['confirmed', 'back', 'overtaken'],
    run: (visit) =>
      run(options, 'test', visit) as Promise<StepResult<'confirmed' | 'back' | 'overtaken'>>,
    status: (visit) => status(options, visit),
  }
}

async function run(
  options: ConfirmStepOptions,
  purpose: 'login' | 'test',
  visit: Visit,
): Promise<Result> {
  // In another login this person has got a phone meanwhile: from then on that phone has to be asked.
  if (purpose === 'test' && (await isOvertaken(options, options.db, userOf(visit)))) {
    return { type: 'done', outcome: 'overtaken', change: { kept: forgetPhone } }
  }
  const challenge = await currentChallenge(options, visit)
  if (challenge === undefined) return await firstSend(options, purpose, visit)
  const standing = standingOf(challenge, visit.now)
  if (standing === 'approved') {
    const refusal = await options.attempts.refusalOf(options.db, userOf(visit), 'push')
    if (purpose === 'login' && refusal?.type === 'off') return limited(options, visit, refusal)
    return confirmed(options, visit, challenge)
  }
  if (await hasNewSecondPhone(options, visit)) {
    // Kept, so that a waiting page knows whether it has said so already.
    const change = { kept: { 'push.second_phone': true } }
    return { type: 'ask', ask: await askFor(options, purpose, visit, challenge, standing), change }
  }
  const answered =
    visit.answers && (await onAnswer(options, purpose, visit, challenge, standing, visit.answers))
  return (
    answered ?? { type: 'ask', ask: await askFor(options, purpose, visit, challenge, standing) }
  )
}

async function isOvertaken(
  { isBeside = false, devices }: ConfirmStepOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<boolean> {
  return !isBeside && (await devices.hasActive(queries, userId))
}

async function currentChallenge(
  options: ConfirmStepOptions,
  visit: Visit,
): Promise<PushChallenge | undefined> {
  const id = visit.kept['push.challenge']
  return typeof id === 'string' ? await options.challenges.find(options.db, id) : undefined
}

async function onAnswer(
  options: ConfirmStepOptions,
  purpose: 'login' | 'test',
  visit: Visit,
  challenge: PushChallenge,
  standing: Standing,
  answers: Answers,
): Promise<Result | undefined> {
  const leaving = purpose === 'test' ? 'back' : 'cancel'
  if (answers.action === leaving) {
    return {
      type: 'done',
      outcome: purpose === 'test' ? 'back' : 'cancelled',
      change: { kept: forgetPhone, write: withdraw(options, challenge) },
    }
  }
  if (answers.action === 'other' && (await mayLeaveFor(options, purpose, visit, standing))) {
    // The count of messages stays: coming back is no way to more of them.
    const change = { kept: { 'push.challenge': undefined }, write: withdraw(options, challenge) }
    return { type: 'done', outcome: 'other', change }
  }
  const mayAsk = maySendAfter(purpose, standing) && sendsOf(visit) < maxSends
  if (answers.action !== 'resend' || !mayAsk) return undefined
  return await sendAgain(options, purpose, visit, challenge)
}

/** To the same phone, as long as it can be reached. */
async function sendAgain(
  options: ConfirmStepOptions,
  purpose: 'login' | 'test',
  visit: Visit,
  challenge: PushChallenge,
): Promise<Result | undefined> {
  const same = await options.devices.find(options.db, challenge.deviceId)
  if (same === undefined) return undefined
  if (same.pushDisabledAt === null) return await send(options, purpose, visit, same)
  return await firstSend(options, purpose, visit)
}

/** A denial and a wrong number are about the login, not about the phone. */
async function mayLeaveFor(
  options: ConfirmStepOptions,
  purpose: 'login' | 'test',
  visit: Visit,
  standing: Standing,
): Promise<boolean> {
  const open = standing === 'waiting' || standing === 'expired'
  return purpose === 'login' && open && (await options.hasOther(visit))
}

/** After a denial or a wrong number, a login has to begin anew: a tap must not be one of many guesses. */
function maySendAfter(purpose: 'login' | 'test', standing: Standing): boolean {
  if (standing === 'waiting' || standing === 'expired') return true
  return purpose === 'test' && standing !== 'approved' && standing !== 'spent'
}

function withdraw(
  options: ConfirmStepOptions,
  challenge: PushChallenge,
): NonNullable<Change['write']> {
  return async (queries) => {
    await options.challenges.withdraw(queries, challenge.messageId)
    return true
  }
}

const forgetChallenge = {
  'push.challenge': undefined,
  'push.sends': undefined,
  'push.device': undefined,
  'push.second_phone': undefined,
} as const

/** With the code that the phone has taken; else the way back to the code would lead here again, with a new message. */
const forgetPhone = { ...forgetChallenge, 'push.registration': undefined } as const

async function firstSend(
  options: ConfirmStepOptions,
  purpose: 'login' | 'test',
  visit: Visit,
): Promise<Result> {
  const { device, disabled } = await deviceFor(options, purpose, visit)
  if (device !== undefined) return await send(options, purpose, visit, device)
  const { startOver, answers } = visit
  if (purpose === 'test') {
    const change = { kept: forgetPhone }
    if (answers?.action === 'back') return { type: 'done', outcome: 'back', change }
    return { type: 'ask', ask: unreachableTestAsk(disabled) }
  }
  if (answers?.action === 'other') return { type: 'done', outcome: 'other' }
  const mayLeave = await options.hasOther(visit)
  return { type: 'ask', ask: unreachableAsk({ disabled, startOver, mayLeave }) }
}

/** The page that says why nothing is sent, and leads on. */
async function limited(options: ConfirmStepOptions, visit: Visit, limit: Limit): Promise<Result> {
  const mayLeave = await options.hasOther(visit)
  if (visit.answers?.action === 'other' && mayLeave) return { type: 'done', outcome: 'other' }
  return { type: 'ask', ask: limitedAsk(limit, visit.startOver, mayLeave) }
}

/** Why nothing may be sent for a login now. */
async function limitOf(options: ConfirmStepOptions, visit: Visit): Promise<Limit | undefined> {
  const { db, attempts, challenges } = options
  const userId = userOf(visit)
  const refusal = await attempts.refusalOf(db, userId, 'push')
  if (refusal !== undefined) return refusal
  const until = await challenges.blockedUntil(db, userId)
  if (until !== undefined) return { type: 'blocked', until }
  return (await challenges.nextSend(db, userId)) === undefined ? undefined : { type: 'budget' }
}

/** Inside the transaction no other message can be added and no report made at the same time. */
async function mayStillSend(
  { challenges }: ConfirmStepOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<boolean> {
  if ((await challenges.nextSend(queries, userId)) !== undefined) return false
  return (await challenges.blockedUntil(queries, userId)) === undefined
}

/** The phone to send to. Without one, `disabled` says whether there is one that no message reaches any more. */
async function deviceFor(
  options: ConfirmStepOptions,
  purpose: 'login' | 'test',
  visit: Visit,
): Promise<{ readonly device: PushDevice | undefined; readonly disabled: boolean }> {
  const devices = await devicesFor(options, purpose, visit)
  const device = devices.find(({ pushDisabledAt }) => pushDisabledAt === null)
  return { device, disabled: device === undefined && devices.length > 0 }
}

async function devicesFor(
  options: ConfirmStepOptions,
  purpose: 'login' | 'test',
  visit: Visit,
): Promise<PushDevice[]> {
  const userId = userOf(visit)
  if (purpose === 'login') return await options.devices.activeOf(options.db, userId)
  const device = await options.devices.find(options.db, `${visit.kept['push.device'] ?? ''}`)
  return device?.userId === userId ? [device] : []
}

async function send(
  options: ConfirmStepOptions,
  purpose: 'login' | 'test',
  visit: Visit,
  device: PushDevice,
): Promise<Result> {
  if (purpose === 'login') {
    const limit = await limitOf(options, visit)
    if (limit !== undefined) return await limited(options, visit, limit)
  }
  const { journeyHash, client } = visit
  const userId = userOf(visit)
  const app = (await options.appName(visit.request.appId)) ?? options.brandName
  const challenge = options.challenges.draw({
    journeyHash,
    userId,
    deviceId: device.id,
    purpose,
    ...(purpose === 'login' && { about: aboutLogin(options.context, app, client) }),
  })
  const sends = sendsOf(visit) + 1
  const added: PushChallenge = {
    ...challenge,
    status: 'waiting',
    delivery: 'queued',
    answeredAt: null,
    answerHash: null,
    consumedAt: null,
  }
  const superseded: string[] = []
  const changed = { ...visit, kept: { ...visit.kept, 'push.sends': sends } }
  return {
    type: 'ask',
    ask: await askFor(options, purpose, changed, added, 'waiting'),
    change: {
      kept: { 'push.challenge': challenge.messageId, 'push.sends': sends },
      async write(queries) {
        if (purpose === 'login' && !(await mayStillSend(options, queries, userId))) return false
        superseded.push(...(await options.challenges.add(queries, challenge)))
        return true
      },
      after() {
        for (const hash of superseded) options.events.wake(journeyTopic(hash))
        options.delivery.start({ device, challenge, app, client })
      },
    },
  }
}

function confirmed(
  options: ConfirmStepOptions,
  { journeyHash, client }: Visit,
  challenge: PushChallenge,
): Result {
  const { messageId, userId, deviceId, purpose } = challenge
  return {
    type: 'done',
    outcome: 'confirmed',
    change: {
      kept: { ...forgetChallenge, [provenKey]: acrNumber },
      proof: {
        factor: 'push',
        strength: 'number',
        amr: ['swk', 'user'],
        authenticatorId: deviceId,
      },
      async write(queries) {
        if (!(await options.challenges.consume(queries, messageId, journeyHash))) return false
        if (purpose === 'login') {
          if (!(await options.attempts.succeed(queries, userId, 'push'))) return false
          await options.devices.noteUse(queries, deviceId)
          return true
        }
        // Of two logins that register at once, the second has to ask the phone of the first.
        await lockUser(queries, userId)
        if (await isOvertaken(options, queries, userId)) return false
        if (!(await options.devices.activate(queries, deviceId))) return false
        await options.attempts.setUp(queries, userId, 'push')
        const device = await options.devices.find(queries, deviceId)
        await options.notices.deviceAdded(queries, {
          userId,
          device: device?.name,
          ...noticeOf(client),
        })
        await options.audit.pushDeviceActivated(queries, { userId, deviceId })
        return true
      },
    },
  }
}

async function askFor(
  options: ConfirmStepOptions,
  purpose: 'login' | 'test',
  visit: Visit,
  challenge: PushChallenge,
  standing: Standing,
) {
  const sends = sendsOf(visit)
  const app: string | Message = (await options.appName(visit.request.appId)) ?? message('app.home')
  return confirmAsk({
    purpose,
    challenge,
    standing,
    device: await options.devices.find(options.db, challenge.deviceId),
    app,
    sends,
    maySend: sends < maxSends,
    mayLeave: await mayLeaveFor(options, purpose, visit, standing),
    secondPhone: purpose === 'test' && (await hadSecondPhone(options, visit)),
    visit,
  })
}

async function hasNewSecondPhone(options: ConfirmStepOptions, visit: Visit): Promise<boolean> {
  return visit.kept['push.second_phone'] !== true && (await hadSecondPhone(options, visit))
}

async function hadSecondPhone(options: ConfirmStepOptions, visit: Visit): Promise<boolean> {
  const id = visit.kept['push.registration']
  if (typeof id !== 'string') return false
  const registration = await options.registrations.find(options.db, id)
  return registration !== undefined && registration.secondAnswerAt !== null
}

async function status(options: ConfirmStepOptions, visit: Visit): Promise<WaitStatus> {
  const challenge = await currentChallenge(options, visit)
  if (challenge === undefined || standingOf(challenge, visit.now) !== 'waiting') {
    return { final: true, status: message('push.status.answered') }
  }
  if (await hasNewSecondPhone(options, visit)) {
    return { final: true, status: message('enrol.second_phone.title') }
  }
  const device = await options.devices.find(options.db, challenge.deviceId)
  return { final: false, status: deliveryStatus(challenge, device, sendsOf(visit)) }
}

function sendsOf(visit: Visit): number {
  const sends = visit.kept['push.sends']
  return typeof sends === 'number' ? sends : 0
}

function userOf(visit: Visit): Id<'user'> {
  if (visit.userId === undefined) throw new Error('a push needs a user')
  return visit.userId
}
