/**
 * The approval on a phone at a login, as a step. Owns when an approval is spent and what an answer on the page means;
 * verify-send.ts owns what is sent to which phone.
 */
import { acrNumber, acrPossession } from '../../../identity/policy/assurance.ts'
import {
  type Answers,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { provenEntry } from '../enrolled.ts'
import {
  type ApprovalOptions,
  findNews,
  findOthers,
  findScene,
  findStatus,
  insteadOf,
  type Scene,
  showFresh,
  showPage,
  withdraw,
} from './approval.ts'
import type { PushChallenge } from './challenges.ts'
import { challengeEntry } from './data.ts'
import { forgetChallenge, maxSends, sendsOf } from './send.ts'
import { leaveFor, limited, sendFirst, sendTo } from './verify-send.ts'

export type ConfirmStepOptions = ApprovalOptions

type Outcome = 'confirmed' | 'cancelled' | 'other' | 'register'
type Result = StepResult<Outcome>

/** On the phone that was used last. */
export function createConfirmStep(options: ConfirmStepOptions): Step<'push/confirm', Outcome> {
  return {
    name: 'push/confirm',
    outcomes: ['confirmed', 'cancelled', 'other', 'register'],
    run: (context) => run(options, context),
    status: (context) => findStatus(options, context),
  }
}

async function run(options: ConfirmStepOptions, context: StepContext): Promise<Result> {
  const scene = await findScene(options, 'login', context)
  const show = showFresh(options, 'login')
  if (scene === undefined) return await sendFirst(options, context, show)
  const { standing, challenge } = scene
  if (context.answers?.action === 'cancel') return cancelled(options, scene)
  if (standing === 'approved') {
    const refusal = await options.attempts.refusalOf(options.db, requireUserId(context), 'push')
    return refusal?.type === 'off'
      ? await limited(options, context, refusal)
      : confirmed(options, context, scene)
  }
  if (standing === 'waiting' && challenge.delivery === 'gone') {
    return insteadOf(options, challenge, await sendFirst(options, context, show))
  }
  const shown = await findNews(options, context, scene)
  if (context.answers !== undefined) {
    const answered = await onAnswer(options, context, scene, context.answers)
    if (answered !== undefined) return answered
  }
  return { ...(await showPage(options, context, scene)), ...(shown && { change: { data: shown } }) }
}

/** What the person says in front of the page counts, even where the phone was a moment faster. */
function cancelled(options: ConfirmStepOptions, { challenge }: Scene): Result {
  const change = { data: forgetChallenge, write: withdraw(options, challenge) }
  return { type: 'done', outcome: 'cancelled', change }
}

async function onAnswer(
  options: ConfirmStepOptions,
  context: StepContext,
  scene: Scene,
  { action }: Answers,
): Promise<Result | undefined> {
  const { challenge, standing, device } = scene
  // The count of messages stays: coming back is no way to more of them.
  const leaving = { data: challengeEntry.clear(), write: withdraw(options, challenge) }
  const left = leaveFor(await findOthers(options, context, scene), context, leaving)
  if (left !== undefined) return left
  // After a denial or a wrong number, a login has to begin anew: a tap must not be one of many guesses.
  const maySend = standing === 'waiting' || standing === 'expired'
  if (action !== 'resend' || !maySend || sendsOf(context) >= maxSends) return undefined
  const show = showFresh(options, 'login')
  if (device.pushDisabledAt !== null) return await sendFirst(options, context, show)
  const current = standing === 'waiting' ? () => showPage(options, context, scene) : undefined
  return await sendTo(options, context, device, { show, current })
}

function confirmed(
  { challenges, devices, attempts }: ConfirmStepOptions,
  context: StepContext,
  { challenge, device }: Scene,
): Result {
  const { messageId, deviceId } = challenge
  return {
    type: 'done',
    outcome: 'confirmed',
    change: {
      ...provenBy(challenge),
      async write(tx) {
        if (!(await challenges.consume(tx, messageId, context.journeyHash))) return false
        if (!(await attempts.succeed(tx, device.userId, 'push'))) return false
        return await devices.noteUse(tx, deviceId)
      },
    },
  }
}

/** What an approval is worth: a number that was chosen is more than a tap. */
export function provenBy({ type, deviceId }: PushChallenge) {
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
