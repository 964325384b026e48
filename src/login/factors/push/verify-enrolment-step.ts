/**
 * The step that verifies the enrolment of a phone with the same approval as at a login; then the phone becomes active. Owns what
 * each answer leads to; verify-enrolment-send.ts owns whether the message may be sent.
 */
import {
  type Answers,
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { type ActivateOptions, activateDevice, isSuperseded } from './activate.ts'
import {
  type ChallengeScene,
  createShowPage,
  findScene,
  findStatus,
  replaceChallenge,
  showPage,
  withdraw,
} from './approval.ts'
import type { ChallengeState } from './challenges.ts'
import { deviceEntry, resumedEntry } from './data.ts'
import { dropCodes } from './linked-codes.ts'
import { findRegistration } from './registrations.ts'
import { resumeEndedForm } from './resume.ts'
import { forgetPhone, maxSends, readSends, type SendOptions } from './send.ts'
import { sendTest, sendTestTo } from './verify-enrolment-send.ts'
import { createProof } from './verify-step.ts'

export type VerifyEnrolmentStepOptions = SendOptions & ActivateOptions

type Outcome = 'confirmed' | 'back' | 'overtaken'
type Result = StepResult<Outcome>

/** Verifies the phone that `push/enrol` wrote to the journey data. */
export function createVerifyEnrolmentStep(
  options: VerifyEnrolmentStepOptions,
): Step<'push/test', Outcome> {
  return {
    name: 'push/test',
    outcomes: ['confirmed', 'back', 'overtaken'],
    run: (context) => runTest(options, context),
    status: (context, shown) => findStatus(options, context, shown),
  }
}

/** When the user leaves the test, the phone and the linked TOTP of the registration are removed. */
async function runTest(options: VerifyEnrolmentStepOptions, context: StepContext): Promise<Result> {
  const result = await run(options, context)
  if (result.type !== 'done' || result.outcome === 'confirmed') return result
  const { change } = result
  const write: Change['write'] = async (queries) => {
    await dropCodes(options, queries, await findRegistration(options.stores, queries, context.data))
    const deviceId = deviceEntry.read(context.data)
    if (deviceId !== undefined) {
      await options.stores.pending.remove(queries, requireUserId(context), deviceId)
    }
    return (await change?.write?.(queries)) ?? true
  }
  return { ...result, change: { ...change, write } }
}

const refusals: ReadonlySet<ChallengeState> = new Set(['wrong_number', 'denied'])

async function run(options: VerifyEnrolmentStepOptions, context: StepContext): Promise<Result> {
  // The user has enrolled a second factor in another login meanwhile, so that one has to be verified first.
  if (await isSuperseded(options, options.db, context)) {
    return { type: 'done', outcome: 'overtaken', change: { data: forgetPhone } }
  }
  const scene = await findScene(options, 'test', context)
  const show = createShowPage(options, 'test')
  if (scene === undefined) return await sendTest(options, context, show)
  const { state, challenge, device } = scene
  // Another journey of this user has resumed the same phone and was faster.
  if (device.status === 'active') {
    return { type: 'done', outcome: 'overtaken', change: { data: forgetPhone } }
  }
  if (state === 'approved') return completeEnrolment(options, context, scene)
  if (state === 'waiting' && challenge.delivery === 'gone') {
    return replaceChallenge(options, challenge, await sendTest(options, context, show))
  }
  const mustEnd = resumedEntry.read(context.data) === true && refusals.has(state)
  if (mustEnd && context.answers?.action !== 'back') return { type: 'ask', form: resumeEndedForm }
  if (context.answers !== undefined) {
    const answered = await handleAnswers(options, context, scene, context.answers)
    if (answered !== undefined) return answered
  }
  return await showPage(options, context, scene)
}

async function handleAnswers(
  options: VerifyEnrolmentStepOptions,
  context: StepContext,
  scene: ChallengeScene,
  { action }: Answers,
): Promise<Result | undefined> {
  const { challenge, state, device } = scene
  if (action === 'back') {
    const change = { data: forgetPhone, write: withdraw(options, challenge) }
    return { type: 'done', outcome: 'back', change }
  }
  if (action !== 'resend' || state === 'spent' || readSends(context) >= maxSends) return undefined
  const show = createShowPage(options, 'test')
  if (device.pushDisabledAt !== null) return await sendTest(options, context, show)
  const current = state === 'waiting' ? () => showPage(options, context, scene) : undefined
  return await sendTestTo(options, context, device, { show, current })
}

function completeEnrolment(
  options: VerifyEnrolmentStepOptions,
  context: StepContext,
  { challenge, device }: ChallengeScene,
): Result {
  return {
    type: 'done',
    outcome: 'confirmed',
    change: {
      ...createProof(challenge),
      async write(tx) {
        const { messageId } = challenge
        if (!(await options.stores.challenges.consume(tx, messageId, context.journeyHash)))
          return false
        return await activateDevice(options, tx, context, device)
      },
    },
  }
}
