/**
 * The step that verifies a user with a phone that answers with the code of the page. Owns when an approval is spent and what an
 * answer on the page means; confirm-ask.ts owns which phone is asked, and whether it may be.
 */

import { strengthLevels } from '../../../identity/policy/assurance.ts'
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
  type AskOptions,
  findScene,
  findStatus,
  forgetChallenge,
  maxSends,
  readSends,
  type Scene,
  showPage,
} from './ask.ts'
import type { Challenge, ChallengeState } from './challenges.ts'
import { askFirst, askPhone, findBeside, showLimit } from './confirm-ask.ts'
import { challengeEntry } from './data.ts'

type Outcome = 'confirmed' | 'cancelled' | 'other' | 'trouble'
type Result = StepResult<Outcome>

/** Asks the phone that was used last. */
export function createConfirmStep(options: AskOptions): Step<'authenticator/confirm', Outcome> {
  return {
    name: 'authenticator/confirm',
    outcomes: ['confirmed', 'cancelled', 'other', 'trouble'],
    run: (context) => run(options, context),
    status: (context) => findStatus(options, context),
  }
}

/** After a refusal or wrong codes, the login has to start over: an attacker must not get more guesses from one login. */
export const isOpen = (state: ChallengeState): boolean => state === 'waiting' || state === 'expired'

async function run(options: AskOptions, context: StepContext): Promise<Result> {
  const scene = await findScene(options, context)
  if (scene === undefined) return await askFirst(options, context)
  const { state } = scene
  if (context.answers?.action === 'cancel') return cancel(options, context, scene)
  // The request stays: a phone that is found after all may still answer.
  const trouble = isOpen(state) ? findTrouble(context, 'authenticator') : undefined
  if (trouble !== undefined) return trouble
  if (state === 'approved') {
    const { lockout, db } = options
    const group = findBrowserGroup(scene.challenge.budgetKey)
    const userId = requireUserId(context)
    const refusal = await lockout.findRefusal(db, userId, 'authenticator', group)
    return refusal?.type === 'off'
      ? await showLimit(options, context, refusal)
      : complete(options, context, scene)
  }
  const { answers } = context
  const answered =
    answers === undefined
      ? await askChosen(options, context, scene)
      : await handleAnswers(options, context, scene, answers)
  if (answered !== undefined) return answered
  const supersededBy =
    state === 'superseded' ? await findNewerJourney(options.db, scene.challenge) : undefined
  const page = await showPage(options, context, scene, await findBeside(options, context, scene))
  return { ...page, supersededBy }
}

/**
 * A person who comes back from the other factors finds the request that is still open. Only one who has chosen another phone
 * there gets a new one; where none can be made, the open one stays.
 */
async function askChosen(
  options: AskOptions,
  context: StepContext,
  scene: Scene,
): Promise<Result | undefined> {
  const chosen = chosenAuthenticatorEntry.read(context.data)
  if (chosen === undefined || chosen === scene.device.id || !isOpen(scene.state)) return undefined
  const { phones } = await findBeside(options, context, scene)
  const device = phones.find(({ id }) => id === chosen)
  if (device === undefined || readSends(context) >= maxSends) return undefined
  const result = await askPhone(options, context, { device, isChosen: true }, scene)
  if (result.type !== 'ask' || result.formError === undefined) return result
  const data = { ...result.change?.data, ...chosenAuthenticatorEntry.clear() }
  return { ...result, change: { data } }
}

/** Takes the request back when the user leaves it for good: a later page of this login makes a new one. */
export async function withdrawPending(
  options: AskOptions,
  context: StepContext,
): Promise<Change | undefined> {
  const scene = await findScene(options, context)
  if (scene === undefined) return undefined
  return { data: challengeEntry.clear(), write: withdraw(options, scene) }
}

function withdraw({ stores }: AskOptions, { challenge }: Scene): NonNullable<Change['write']> {
  return async (queries) => {
    await stores.challenges.withdraw(queries, challenge.id)
    return true
  }
}

/** Cancelling on the page wins, even when the approval on the phone came just before it. */
function cancel(options: AskOptions, { kind }: StepContext, scene: Scene): Result {
  const change = { data: forgetChallenge, write: withdraw(options, scene) }
  const text = kind === 'login' ? 'push.cancelled.login' : 'push.cancelled.step_up'
  return { type: 'done', outcome: 'cancelled', change, cancelled: message(text) }
}

async function handleAnswers(
  options: AskOptions,
  context: StepContext,
  scene: Scene,
  { action }: Answers,
): Promise<Result | undefined> {
  const { state, challenge } = scene
  // An open request stays open, for a person who comes back; `leaveVerify` takes it back when another factor is chosen. The
  // number of requests stays too: leaving and coming back must not allow more of them.
  const leaving = state === 'waiting' ? {} : { data: challengeEntry.clear() }
  const beside = await findBeside(options, context, scene)
  const left = leaveForOther(beside, context, leaving)
  if (left !== undefined) return left
  const phone = beside.phones.find(({ id }) => createCardValue('authenticator', id) === action)
  if (phone === undefined && action !== 'resend') return undefined
  if (!isOpen(state) || readSends(context) >= maxSends) return undefined
  if (phone === undefined && isJustSent(challenge, context.now)) return undefined
  const to = { device: phone ?? scene.device, isChosen: phone !== undefined }
  return await askPhone(options, context, to, scene)
}

/** Whether the button was pressed again within a second: then the page shows the request that was just made, without an error. */
const isJustSent = ({ createdAt }: Challenge, now: number): boolean => now < createdAt + seconds(1)

function complete(
  { stores: { challenges, devices }, lockout }: AskOptions,
  context: StepContext,
  { challenge, device }: Scene,
): Result {
  return {
    type: 'done',
    outcome: 'confirmed',
    change: {
      ...createProof(challenge),
      async write(tx) {
        if (!(await challenges.consume(tx, challenge.id, context.journeyHash))) return false
        const group = findBrowserGroup(challenge.budgetKey)
        if (!(await lockout.succeed(tx, device.userId, 'authenticator', group))) return false
        return await devices.noteUse(tx, device.id)
      },
    },
  }
}

/** The proof and the level of an approval. */
export function createProof({
  deviceId,
  verification,
}: Pick<Challenge, 'deviceId' | 'verification'>) {
  const isVerified = verification === 'required'
  const strength = isVerified ? 'verified_code' : 'code'
  return {
    data: { ...forgetChallenge, ...provenEntry.write(strengthLevels[strength]) },
    proof: {
      factor: 'authenticator',
      strength,
      // The user has the phone, and the phone has verified its owner by what they are or know.
      amr: isVerified ? ['swk', 'user', 'mfa'] : ['swk', 'user'],
      authenticatorId: deviceId,
    },
  } as const
}
