/**
 * The step that verifies a user with an approval on a phone. Owns when an approval is spent and what an answer on the page
 * means; verify-send.ts owns what is sent to which phone.
 */

import { acrNumber, acrPossession } from '../../../identity/policy/assurance.ts'
import { seconds } from '../../../platform/kernel/clock.ts'
import { message } from '../../../platform/ui/message.ts'
import {
  type Answers,
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { leaveForOther } from '../approval/other-phones.ts'
import { findNewerJourney } from '../approval/requests.ts'
import { findBrowserGroup } from '../budget-key.ts'
import { chosenAuthenticatorEntry, createCardValue, provenEntry } from '../enrolled.ts'
import { findTrouble } from '../trouble.ts'
import {
  type ChallengeScene,
  createShowPage,
  findOthers,
  findScene,
  findStatus,
  replaceChallenge,
  showPage,
  withdraw,
} from './approval.ts'
import { type PushChallenge, toStored } from './challenges.ts'
import { challengeEntry } from './data.ts'
import { findOtherPhones } from './other-phones.ts'
import { forgetChallenge, maxSends, readSends, type SendOptions } from './send.ts'
import { sendFirst, sendTo, showLimit } from './verify-send.ts'

type Outcome = 'confirmed' | 'cancelled' | 'other' | 'register' | 'trouble'
type Result = StepResult<Outcome>

/** Sends to the phone that was used last. */
export function createVerifyStep(options: SendOptions): Step<'push/confirm', Outcome> {
  return {
    name: 'push/confirm',
    outcomes: ['confirmed', 'cancelled', 'other', 'register', 'trouble'],
    run: (context) => run(options, context),
    status: (context, shown) => findStatus(options, context, shown),
  }
}

async function run(options: SendOptions, context: StepContext): Promise<Result> {
  const scene = await findScene(options, 'login', context)
  const show = createShowPage(options, 'login')
  if (scene === undefined) return await sendFirst(options, context, show)
  const { state, challenge } = scene
  if (context.answers?.action === 'cancel') return cancelVerify(options, context, scene)
  // The challenge stays: a phone that is found after all may still answer. A denial or a wrong number ends the login.
  const trouble =
    state === 'waiting' || state === 'expired' ? findTrouble(context, 'push') : undefined
  if (trouble !== undefined) return trouble
  if (state === 'approved') {
    const group = findBrowserGroup(challenge.budgetKey)
    const userId = requireUserId(context)
    const refusal = await options.lockout.findRefusal(options.db, userId, 'push', group)
    return refusal?.type === 'off'
      ? await showLimit(options, context, refusal)
      : completeVerify(options, context, scene)
  }
  if (state === 'waiting' && challenge.delivery === 'gone') {
    return replaceChallenge(options, challenge, await sendFirst(options, context, show))
  }
  const { answers } = context
  const sent =
    answers === undefined
      ? await sendToChosen(options, context, scene)
      : await handleAnswers(options, context, scene, answers)
  if (sent !== undefined) return sent
  const supersededBy =
    state === 'superseded' ? await findNewerJourney(options.db, toStored(challenge)) : undefined
  const page = await showPage(options, context, scene)
  return { ...page, supersededBy }
}

/**
 * A person who comes back from the other factors finds the request that is still open, with its number. Only one who has
 * chosen another phone there gets a new one; where none can be sent, the open one stays.
 */
async function sendToChosen(
  options: SendOptions,
  context: StepContext,
  scene: ChallengeScene,
): Promise<Result | undefined> {
  const chosen = chosenAuthenticatorEntry.read(context.data)
  if (chosen === undefined || chosen === scene.device.id) return undefined
  const phones = await findOtherPhones(options, context, scene)
  const device = phones.find(({ id }) => id === chosen)
  if (device === undefined || readSends(context) >= maxSends) return undefined
  const show = createShowPage(options, 'login')
  const current = (changed: StepContext) => showPage(options, changed, scene)
  const result = await sendTo(options, context, { device, isChosen: true }, { show, current })
  if (result.type !== 'ask' || result.formError === undefined) return result
  const data = { ...result.change?.data, ...chosenAuthenticatorEntry.clear() }
  return { ...result, change: { data } }
}

/** Takes the challenge back when the user leaves it for good: a later page of this login sends a new one. */
export async function withdrawPending(
  options: SendOptions,
  context: StepContext,
): Promise<Change | undefined> {
  const scene = await findScene(options, 'login', context)
  if (scene === undefined) return undefined
  return { data: challengeEntry.clear(), write: withdraw(options, scene.challenge) }
}

/** Cancelling on the page wins, even when the approval on the phone came just before it. */
function cancelVerify(
  options: SendOptions,
  { kind }: StepContext,
  { challenge }: ChallengeScene,
): Result {
  const change = { data: forgetChallenge, write: withdraw(options, challenge) }
  const text = kind === 'login' ? 'push.cancelled.login' : 'push.cancelled.step_up'
  return { type: 'done', outcome: 'cancelled', change, cancelled: message(text) }
}

async function handleAnswers(
  options: SendOptions,
  context: StepContext,
  scene: ChallengeScene,
  { action }: Answers,
): Promise<Result | undefined> {
  const { challenge, state, device } = scene
  // An open challenge stays open, for a person who comes back; `leaveVerify` takes it back when another factor is chosen. The
  // number of sent messages stays too: leaving and coming back must not allow more of them.
  const data = state === 'waiting' ? {} : challengeEntry.clear()
  const others = await findOthers(options, context, scene)
  const phones = await findOtherPhones(options, context, scene)
  const left = leaveForOther({ others, phones }, context, { data })
  if (left !== undefined) return left
  // After a denial or a wrong number, the login has to start over: an attacker must not get several guesses from one login.
  const maySend = state === 'waiting' || state === 'expired'
  const phone = phones.find((one) => createCardValue('push', one.id) === action)
  if (phone === undefined && action !== 'resend') return undefined
  if (!maySend || readSends(context) >= maxSends) return undefined
  if (phone === undefined && isJustSent(challenge, context.now)) return undefined
  const show = createShowPage(options, 'login')
  if (phone === undefined && device.pushDisabledAt !== null)
    return await sendFirst(options, context, show)
  const current = (changed: StepContext) => showPage(options, changed, scene)
  const to = { device: phone ?? device, isChosen: phone !== undefined }
  return await sendTo(options, context, to, { show, current })
}

/** Whether the button was pressed again within a second: then the page shows the message that was just sent, without an error. */
const isJustSent = ({ createdAt, delivery }: PushChallenge, now: number): boolean =>
  now < createdAt + seconds(1) && (delivery === 'queued' || delivery === 'sent')

function completeVerify(
  { stores: { challenges, devices }, lockout }: SendOptions,
  context: StepContext,
  { challenge, device }: ChallengeScene,
): Result {
  const { messageId, deviceId } = challenge
  return {
    type: 'done',
    outcome: 'confirmed',
    change: {
      ...createProof(challenge),
      async write(tx) {
        if (!(await challenges.consume(tx, messageId, context.journeyHash))) return false
        const group = findBrowserGroup(challenge.budgetKey)
        if (!(await lockout.succeed(tx, device.userId, 'push', group))) return false
        return await devices.noteUse(tx, deviceId)
      },
    },
  }
}

/** The proof and the level of an approval: a chosen number has a higher level than a tap. */
export function createProof({ type, deviceId }: Pick<PushChallenge, 'type' | 'deviceId'>) {
  const isNumber = type === 'challenge'
  return {
    data: { ...forgetChallenge, ...provenEntry.write(isNumber ? acrNumber : acrPossession) },
    proof: {
      factor: 'push',
      strength: isNumber ? 'number' : 'possession',
      amr: ['swk', 'user'],
      authenticatorId: deviceId,
    },
  } as const
}
