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
  type Step,
  type StepResult,
  userOf,
  type Visit,
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
import { confirmAsk, deliveryStatus } from './confirm-page.ts'
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
    run: (visit) => run(options, 'login', visit) as Promise<StepResult<ConfirmOutcome>>,
    status: (visit) => status(options, visit),
  }
}

/** The test of a phone that `push/register` has left in `push.device`. Approved, the phone counts. */
export function createTestStep(options: ConfirmStepOptions): Step<'push/test', TestOutcome> {
  return {
    name: 'push/test',
    outcomes: ['confirmed', 'back', 'overtaken'],
    run: (visit) => runTest(options, visit) as Promise<StepResult<TestOutcome>>,
    status: (visit) => status(options, visit),
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
async function runTest(options: ConfirmStepOptions, visit: Visit): Promise<Result> {
  const result = await run(options, 'test', visit)
  if (result.type !== 'done' || result.outcome === 'confirmed') return result
  const { change } = result
  const write: Change['write'] = async (queries) => {
    await dropCodes(options, queries, await keptRegistration(options, queries, visit.kept))
    return (await change?.write?.(queries)) ?? true
  }
  return { ...result, change: { ...change, write } }
}

async function run(
  options: ConfirmStepOptions,
  purpose: ChallengePurpose,
  visit: Visit,
): Promise<Result> {
  // In another login this person has got a second factor meanwhile: from then on that has to be asked.
  if (purpose === 'test' && (await isOvertaken(options, options.db, visit))) {
    return { type: 'done', outcome: 'overtaken', change: { kept: forgetPhone } }
  }
  const scene = await sceneOf(options, purpose, visit)
  const show: ShowPage = (changed, challenge) => freshPage(options, purpose, changed, challenge)
  if (scene === undefined) return await sendFirst(options, purpose, visit, show)
  if (purpose === 'login' && visit.answers?.action === 'cancel') return cancelled(options, scene)
  if (scene.standing === 'approved') {
    const refusal = await options.attempts.refusalOf(options.db, userOf(visit), 'push')
    const isOff = purpose === 'login' && refusal?.type === 'off'
    return isOff ? await limited(options, visit, refusal) : confirmed(options, visit, scene)
  }
  if (scene.standing === 'waiting' && scene.challenge.delivery === 'gone') {
    return await instead(options, visit, scene, show)
  }
  const shown = await newsOf(options, visit, scene)
  if (visit.answers !== undefined) {
    const answered = await onAnswer(options, visit, scene, visit.answers, show)
    if (answered !== undefined) return answered
  }
  return { ...(await pageOf(options, visit, scene)), ...(shown && { change: { kept: shown } }) }
}

/** `undefined`: nothing was sent yet, or the phone that it was sent to does not count any more. */
async function sceneOf(
  options: ConfirmStepOptions,
  purpose: ChallengePurpose,
  visit: Visit,
): Promise<Scene | undefined> {
  const challenge = await currentChallenge(options, visit)
  if (challenge === undefined) return undefined
  const device = await options.devices.find(options.db, challenge.deviceId)
  if (device === undefined) return undefined
  return { purpose, challenge, device, standing: standingOf(challenge, visit.now) }
}

async function currentChallenge(
  options: ConfirmStepOptions,
  visit: Visit,
): Promise<PushChallenge | undefined> {
  const id = visit.kept[challengeKey]
  return typeof id === 'string' ? await options.challenges.find(options.db, id) : undefined
}

/** What the person says in front of the page counts, even where the phone was a moment faster. */
function cancelled(options: ConfirmStepOptions, { challenge }: Scene): Result {
  const change = { kept: forgetChallenge, write: withdraw(options, challenge) }
  return { type: 'done', outcome: 'cancelled', change }
}

/** The provider knows no such phone: on to the next one, or to a page that says so. */
async function instead(
  options: ConfirmStepOptions,
  visit: Visit,
  { purpose, challenge }: Scene,
  show: ShowPage,
): Promise<Result> {
  const result = await sendFirst(options, purpose, visit, show)
  if (result.change?.write !== undefined) return result
  const kept = { [challengeKey]: undefined, ...result.change?.kept }
  return { ...result, change: { ...result.change, kept, write: withdraw(options, challenge) } }
}

async function onAnswer(
  options: ConfirmStepOptions,
  visit: Visit,
  scene: Scene,
  { action }: Answers,
  show: ShowPage,
): Promise<Result | undefined> {
  const { purpose, challenge, standing, device } = scene
  if (action === 'back' && purpose === 'test') {
    const change = { kept: forgetPhone, write: withdraw(options, challenge) }
    return { type: 'done', outcome: 'back', change }
  }
  // The count of messages stays: coming back is no way to more of them.
  const leaving = { kept: { [challengeKey]: undefined }, write: withdraw(options, challenge) }
  const left = leaveFor(await othersFor(options, visit, scene), visit, leaving)
  if (left !== undefined) return left
  if (action !== 'resend' || !maySendAfter(purpose, standing)) return undefined
  if (sendsOf(visit) >= maxSends) return undefined
  if (device.pushDisabledAt !== null) return await sendFirst(options, purpose, visit, show)
  const current = standing === 'waiting' ? () => pageOf(options, visit, scene) : undefined
  return await sendTo(options, purpose, visit, device, show, current)
}

/** A denial and a wrong number are about the login, not about the phone. */
async function othersFor(
  options: ConfirmStepOptions,
  visit: Visit,
  { purpose, standing }: Pick<Scene, 'purpose' | 'standing'>,
): Promise<readonly SecondFactorWay[]> {
  const open = standing === 'waiting' || standing === 'expired'
  return purpose === 'login' && open ? await options.othersOf(visit) : []
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

async function offers(options: ConfirmStepOptions, visit: Visit, scene: Scene): Promise<boolean> {
  if (!isSlow(scene, visit.now)) return false
  return (await othersFor(options, visit, scene)).length > 0
}

/**
 * What this page says that the one before did not, as it is kept: a waiting page is loaded again exactly when there is
 * something.
 */
async function newsOf(
  options: ConfirmStepOptions,
  visit: Visit,
  scene: Scene,
): Promise<Change['kept'] | undefined> {
  const { kept } = visit
  const id = scene.challenge.messageId
  const offered = kept[offeredKey] === id
  const offering = await offers(options, visit, scene)
  const second = kept[secondPhoneKey] !== true && (await hadSecondPhone(options, visit))
  if (offered === offering && !second) return undefined
  return {
    ...(offered !== offering && { [offeredKey]: offering ? id : undefined }),
    ...(second && { [secondPhoneKey]: true }),
  }
}

async function hadSecondPhone(options: ConfirmStepOptions, visit: Visit): Promise<boolean> {
  const registration = await keptRegistration(options, options.db, visit.kept)
  return registration !== undefined && registration.secondAnswerAt !== null
}

function confirmed(
  options: ConfirmStepOptions,
  visit: Visit,
  { challenge, device }: Scene,
): Result {
  const { messageId, deviceId, purpose, type } = challenge
  let after: (() => void) | undefined
  return {
    type: 'done',
    outcome: 'confirmed',
    change: {
      kept: { ...forgetChallenge, [provenKey]: type === 'challenge' ? acrNumber : acrPossession },
      proof: {
        factor: 'push',
        strength: type === 'challenge' ? 'number' : 'possession',
        amr: ['swk', 'user'],
        authenticatorId: deviceId,
      },
      async write(queries) {
        const { challenges, devices } = options
        if (!(await challenges.consume(queries, messageId, visit.journeyHash))) return false
        if (purpose === 'login') {
          if (!(await options.attempts.succeed(queries, device.userId, 'push'))) return false
          return await devices.noteUse(queries, deviceId)
        }
        const activated = await activate(options, queries, visit, device)
        after = activated?.after
        return activated !== undefined
      },
      after: () => after?.(),
    },
  }
}

async function freshPage(
  options: ConfirmStepOptions,
  purpose: ChallengePurpose,
  visit: Visit,
  challenge: PushChallenge,
): Promise<Result & { type: 'ask' }> {
  const device = await options.devices.find(options.db, challenge.deviceId)
  if (device === undefined) throw new Error('a message to a phone that is not there')
  return await pageOf(options, visit, { purpose, challenge, device, standing: 'waiting' })
}

async function pageOf(
  options: ConfirmStepOptions,
  visit: Visit,
  scene: Scene,
): Promise<Result & { type: 'ask' }> {
  const sends = sendsOf(visit)
  const app: string | Message = (await options.appName(visit.request.appId)) ?? message('app.home')
  const ask = confirmAsk({
    ...scene,
    app,
    sends,
    maySend: sends < maxSends,
    others: await othersFor(options, visit, scene),
    isSlow: isSlow(scene, visit.now),
    secondPhone: scene.purpose === 'test' && (await hadSecondPhone(options, visit)),
    visit,
  })
  return { type: 'ask', ask }
}

async function status(options: ConfirmStepOptions, visit: Visit): Promise<WaitStatus> {
  const challenge = await currentChallenge(options, visit)
  const device = challenge && (await options.devices.find(options.db, challenge.deviceId))
  if (challenge === undefined || device === undefined) return answered
  const standing = standingOf(challenge, visit.now)
  if (standing !== 'waiting') return answered
  const scene: Scene = { purpose: challenge.purpose, challenge, device, standing }
  const isNews =
    challenge.delivery === 'gone' || (await newsOf(options, visit, scene)) !== undefined
  return { final: isNews, status: deliveryStatus(challenge, device, sendsOf(visit)) }
}

const answered: WaitStatus = { final: true, status: message('push.status.answered') }
