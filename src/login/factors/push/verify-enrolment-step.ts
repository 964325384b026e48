/**
 * The test of a phone that was just enrolled, as a step: the same approval as at a login, after which the phone counts. Owns
 * what becomes of it otherwise; verify-enrolment-send.ts owns whether the message may be sent.
 */
import type { Answers, Change, Step, StepContext, StepResult } from '../../engine/step.ts'
import { type ActivateOptions, activate, isSuperseded } from './activate.ts'
import {
  type ApprovalOptions,
  findNews,
  findScene,
  findStatus,
  insteadOf,
  type Scene,
  showFresh,
  showPage,
  withdraw,
} from './approval.ts'
import { dropCodes } from './linked-codes.ts'
import { keptRegistration } from './registrations.ts'
import { forgetPhone, maxSends, sendsOf } from './send.ts'
import { sendTest, sendTestTo } from './verify-enrolment-send.ts'
import { provenBy } from './verify-step.ts'

export type TestStepOptions = ApprovalOptions & ActivateOptions

type Outcome = 'confirmed' | 'back' | 'overtaken'
type Result = StepResult<Outcome>

/** Of the phone that `push/register` has left in `push.device`. */
export function createTestStep(options: TestStepOptions): Step<'push/test', Outcome> {
  return {
    name: 'push/test',
    outcomes: ['confirmed', 'back', 'overtaken'],
    run: (context) => runTest(options, context),
    status: (context) => findStatus(options, context),
  }
}

/** A test that is left takes the codes of its registration with it. */
async function runTest(options: TestStepOptions, context: StepContext): Promise<Result> {
  const result = await run(options, context)
  if (result.type !== 'done' || result.outcome === 'confirmed') return result
  const { change } = result
  const write: Change['write'] = async (queries) => {
    await dropCodes(options, queries, await keptRegistration(options, queries, context.data))
    return (await change?.write?.(queries)) ?? true
  }
  return { ...result, change: { ...change, write } }
}

async function run(options: TestStepOptions, context: StepContext): Promise<Result> {
  // In another login this person has got a second factor meanwhile: from then on that has to be asked.
  if (await isSuperseded(options, options.db, context)) {
    return { type: 'done', outcome: 'overtaken', change: { data: forgetPhone } }
  }
  const scene = await findScene(options, 'test', context)
  const show = showFresh(options, 'test')
  if (scene === undefined) return await sendTest(options, context, show)
  const { standing, challenge } = scene
  if (standing === 'approved') return confirmed(options, context, scene)
  if (standing === 'waiting' && challenge.delivery === 'gone') {
    return insteadOf(options, challenge, await sendTest(options, context, show))
  }
  const shown = await findNews(options, context, scene)
  if (context.answers !== undefined) {
    const answered = await onAnswer(options, context, scene, context.answers)
    if (answered !== undefined) return answered
  }
  return { ...(await showPage(options, context, scene)), ...(shown && { change: { data: shown } }) }
}

async function onAnswer(
  options: TestStepOptions,
  context: StepContext,
  scene: Scene,
  { action }: Answers,
): Promise<Result | undefined> {
  const { challenge, standing, device } = scene
  if (action === 'back') {
    const change = { data: forgetPhone, write: withdraw(options, challenge) }
    return { type: 'done', outcome: 'back', change }
  }
  if (action !== 'resend' || standing === 'spent' || sendsOf(context) >= maxSends) return undefined
  const show = showFresh(options, 'test')
  if (device.pushDisabledAt !== null) return await sendTest(options, context, show)
  const current = standing === 'waiting' ? () => showPage(options, context, scene) : undefined
  return await sendTestTo(options, context, device, { show, current })
}

function confirmed(
  options: TestStepOptions,
  context: StepContext,
  { challenge, device }: Scene,
): Result {
  return {
    type: 'done',
    outcome: 'confirmed',
    change: {
      ...provenBy(challenge),
      async write(tx) {
        const { messageId } = challenge
        if (!(await options.challenges.consume(tx, messageId, context.journeyHash))) return false
        return await activate(options, tx, context, device)
      },
    },
  }
}
