/**
 * The approval on a phone, as a step: `push/confirm` at a login, `push/test` for a phone that was just enrolled. Owns
 * when an approval is spent and what an answer on the page means; confirm-send.ts owns what is sent to which phone, and
 * the phone's side is in phone-requests.ts.
 */

import { acrNumber, acrPossession } from '../../../identity/policy/assurance.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import {
  type Answers,
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
  type WaitStatus,
} from '../../engine/step.ts'
import { provenKey, type SecondFactorWay } from '../factor.ts'
import { type ActivateOptions, activate, isOvertaken } from './activate.ts'
import {
  type ChallengePurpose,
  type PushChallenge,
  type Standing,
  standingOf,
} from './challenges.ts'
import { dropCodes } from './companion.ts'
import { createConfirmForm, deliveryStatus } from './confirm-page.ts'
import {
  forgetChallenge,
  forgetPhone,
  leaveFor,
  limited,
  maxSends,
  type Result,
  type SendOptions,
  type ShowPage,
  sendFirst,
  sendsOf,
  sendTo,
} from './confirm-send.ts'
import { offerAfter } from './delivery.ts'
import type { PushDevice } from './devices.ts'
import { challengeKey, offeredKey, secondPhoneKey } from './kept.ts'
import { keptRegistration } from './registrations.ts'

export type ConfirmStepOptions = SendOptions & ActivateOptions

type ConfirmOutcome = 'confirmed' | 'cancelled' | 'other' | 'register'
type TestOutcome = 'confirmed' | 'back' | 'overtaken'

/** A login's approval on the phone that was used last. */
export function createConfirmStep(
  options: ConfirmStepOptions,
): Step<'push/confirm', ConfirmOutcome> {
  return {
    name: 'push/confirm',
    outcomes: ['confirmed', 'cancelled', 'other', 'register'],
    run: (context) => run(options, 'login', context) as Promise<StepResult<ConfirmOutcome>>,
    status: (context) => status(options, context),
  }
}

/** The test of a phone that `push/register` has left in `push.device`. Approved, the phone counts. */
export function createTestStep(options: ConfirmStepOptions): Step<'push/test', TestOutcome> {
  return {
    name: 'push/test',
    outcomes: ['confirmed', 'back', 'overtaken'],
    run: (context) => runTest(options, context) as Promise<StepResult<TestOutcome>>,
    status: (context) => status(options, context),
  }
}

/** What a page of a challenge is made of. */
interface Scene {
  readonly purpose: ChallengePurpose
  readonly challenge: PushChallenge
  readonly standing: Standing
  readonly device: PushDevice
}

/** A test that is left takes the codes of its registration with it. */
async function runTest(options: ConfirmStepOptions, context: StepContext): Promise<Result> {
  const result = await run(options, 'test', context)
  if (result.type !== 'done' || result.outcome === 'confirmed') return result
  const { change } = result
  const write: Change['write'] = async (queries) => {
    await dropCodes(options, queries, await keptRegistration(options, queries, context.data))
    return (await change?.write?.(queries)) ?? true
  }
  return { ...result, change: { ...change, write } }
}

async function run(
  options: ConfirmStepOptions,
  purpose: ChallengePurpose,
  context: StepContext,
): Promise<Result> {
  // In another login this person has got a second factor meanwhile: from then on that has to be asked.
  if (purpose === 'test' && (await isOvertaken(options, options.db, context))) {
    return { type: 'done', outcome: 'overtaken', change: { data: forgetPhone } }
  }
  const scene = await sceneOf(options, purpose, context)
  const show: ShowPage = (changed, challenge) => freshPage(options, purpose, changed, challenge)
  if (scene === undefined) return await sendFirst(options, purpose, context, show)
  if (purpose === 'login' && context.answers?.action === 'cancel') return cancelled(options, scene)
  if (scene.standing === 'approved') {
    const refusal = await options.attempts.refusalOf(options.db, requireUserId(context), 'push')
    const isOff = purpose === 'login' && refusal?.type === 'off'
    return isOff ? await limited(options, context, refusal) : confirmed(options, context, scene)
  }
  if (scene.standing === 'waiting' && scene.challenge.delivery === 'gone') {
    return await instead(options, context, scene, show)
  }
  const shown = await newsOf(options, context, scene)
  if (context.answers !== undefined) {
    const answered = await onAnswer(options, context, scene, context.answers, show)
    if (answered !== undefined) return answered
  }
  return { ...(await pageOf(options, context, scene)), ...(shown && { change: { data: shown } }) }
}

/** `undefined`: nothing was sent yet, or the phone that it was sent to does not count any more. */
async function sceneOf(
  options: ConfirmStepOptions,
  purpose: ChallengePurpose,
  context: StepContext,
): Promise<Scene | undefined> {
  const challenge = await currentChallenge(options, context)
  if (challenge === undefined) return undefined
  const device = await options.devices.find(options.db, challenge.deviceId)
  if (device === undefined) return undefined
  return { purpose, challenge, device, standing: standingOf(challenge, context.now) }
}

async function currentChallenge(
  options: ConfirmStepOptions,
  context: StepContext,
): Promise<PushChallenge | undefined> {
  const id = context.data[challengeKey]
  return typeof id === 'string' ? await options.challenges.find(options.db, id) : undefined
}

/** What the person says in front of the page counts, even where the phone was a moment faster. */
function cancelled(options: ConfirmStepOptions, { challenge }: Scene): Result {
  const change = { data: forgetChallenge, write: withdraw(options, challenge) }
  return { type: 'done', outcome: 'cancelled', change }
}

/** The provider knows no such phone: on to the next one, or to a page that says so. */
async function instead(
  options: ConfirmStepOptions,
  context: StepContext,
  { purpose, challenge }: Scene,
  show: ShowPage,
): Promise<Result> {
  const result = await sendFirst(options, purpose, context, show)
  if (result.change?.write !== undefined) return result
  const data = { [challengeKey]: undefined, ...result.change?.data }
  return { ...result, change: { ...result.change, data, write: withdraw(options, challenge) } }
}

async function onAnswer(
  options: ConfirmStepOptions,
  context: StepContext,
  scene: Scene,
  { action }: Answers,
  show: ShowPage,
): Promise<Result | undefined> {
  const { purpose, challenge, standing, device } = scene
  if (action === 'back' && purpose === 'test') {
    const change = { data: forgetPhone, write: withdraw(options, challenge) }
    return { type: 'done', outcome: 'back', change }
  }
  // The count of messages stays: coming back is no way to more of them.
  const leaving = { data: { [challengeKey]: undefined }, write: withdraw(options, challenge) }
  const left = leaveFor(await othersFor(options, context, scene), context, leaving)
  if (left !== undefined) return left
  if (action !== 'resend' || !maySendAfter(purpose, standing)) return undefined
  if (sendsOf(context) >= maxSends) return undefined
  if (device.pushDisabledAt !== null) return await sendFirst(options, purpose, context, show)
  const current = standing === 'waiting' ? () => pageOf(options, context, scene) : undefined
  return await sendTo(options, purpose, context, device, show, current)
}

/** A denial and a wrong number are about the login, not about the phone. */
async function othersFor(
  options: ConfirmStepOptions,
  context: StepContext,
  { purpose, standing }: Pick<Scene, 'purpose' | 'standing'>,
): Promise<readonly SecondFactorWay[]> {
  const open = standing === 'waiting' || standing === 'expired'
  return purpose === 'login' && open ? await options.othersOf(context) : []
}

/** After a denial or a wrong number, a login has to begin anew: a tap must not be one of many guesses. */
function maySendAfter(purpose: ChallengePurpose, standing: Standing): boolean {
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

/** Nothing was handed over, and it is time to say so. */
function isSlow({ challenge, standing }: Pick<Scene, 'challenge' | 'standing'>, now: number) {
  if (standing !== 'waiting' || challenge.delivery === 'sent') return false
  return challenge.delivery === 'failed' || now >= challenge.createdAt + offerAfter
}

async function offers(
  options: ConfirmStepOptions,
  context: StepContext,
  scene: Scene,
): Promise<boolean> {
  if (!isSlow(scene, context.now)) return false
  return (await othersFor(options, context, scene)).length > 0
}

/**
 * What this page says that the one before did not, as it is kept: a waiting page is loaded again exactly when there is
 * something.
 */
async function newsOf(
  options: ConfirmStepOptions,
  context: StepContext,
  scene: Scene,
): Promise<Change['data'] | undefined> {
  const { data } = context
  const id = scene.challenge.messageId
  const offered = data[offeredKey] === id
  const offering = await offers(options, context, scene)
  const second = data[secondPhoneKey] !== true && (await hadSecondPhone(options, context))
  if (offered === offering && !second) return undefined
  return {
    ...(offered !== offering && { [offeredKey]: offering ? id : undefined }),
    ...(second && { [secondPhoneKey]: true }),
  }
}

async function hadSecondPhone(options: ConfirmStepOptions, context: StepContext): Promise<boolean> {
  const registration = await keptRegistration(options, options.db, context.data)
  return registration !== undefined && registration.secondAnswerAt !== null
}

function confirmed(
  options: ConfirmStepOptions,
  context: StepContext,
  { challenge, device }: Scene,
): Result {
  const { messageId, deviceId, purpose, type } = challenge
  return {
    type: 'done',
    outcome: 'confirmed',
    change: {
      data: { ...forgetChallenge, [provenKey]: type === 'challenge' ? acrNumber : acrPossession },
      proof: {
        factor: 'push',
        strength: type === 'challenge' ? 'number' : 'possession',
        amr: ['swk', 'user'],
        authenticatorId: deviceId,
      },
      async write(tx) {
        const { challenges, devices } = options
        if (!(await challenges.consume(tx, messageId, context.journeyHash))) return false
        if (purpose === 'login') {
          if (!(await options.attempts.succeed(tx, device.userId, 'push'))) return false
          return await devices.noteUse(tx, deviceId)
        }
        return await activate(options, tx, context, device)
      },
    },
  }
}

async function freshPage(
  options: ConfirmStepOptions,
  purpose: ChallengePurpose,
  context: StepContext,
  challenge: PushChallenge,
): Promise<Result & { type: 'ask' }> {
  const device = await options.devices.find(options.db, challenge.deviceId)
  if (device === undefined) throw new Error('a message to a phone that is not there')
  return await pageOf(options, context, { purpose, challenge, device, standing: 'waiting' })
}

async function pageOf(
  options: ConfirmStepOptions,
  context: StepContext,
  scene: Scene,
): Promise<Result & { type: 'ask' }> {
  const sends = sendsOf(context)
  const app: string | Message =
    (await options.appName(context.request.appId)) ?? message('app.home')
  const form = createConfirmForm({
    ...scene,
    app,
    sends,
    maySend: sends < maxSends,
    others: await othersFor(options, context, scene),
    isSlow: isSlow(scene, context.now),
    secondPhone: scene.purpose === 'test' && (await hadSecondPhone(options, context)),
    context,
  })
  return { type: 'ask', form }
}

async function status(options: ConfirmStepOptions, context: StepContext): Promise<WaitStatus> {
  const challenge = await currentChallenge(options, context)
  const device = challenge && (await options.devices.find(options.db, challenge.deviceId))
  if (challenge === undefined || device === undefined) return answered
  const standing = standingOf(challenge, context.now)
  if (standing !== 'waiting') return answered
  const scene: Scene = { purpose: challenge.purpose, challenge, device, standing }
  const isNews =
    challenge.delivery === 'gone' || (await newsOf(options, context, scene)) !== undefined
  return { final: isNews, status: deliveryStatus(challenge, device, sendsOf(context)) }
}

const answered: WaitStatus = { final: true, status: message('push.status.answered') }
