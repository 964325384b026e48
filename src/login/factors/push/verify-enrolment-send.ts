/** Sends the challenge that tests a new phone. Owns whether it may be sent, and what the page says when it may not. */
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { createLimitedTestForm, describeTestLimit } from '../approval/limited-page.ts'
import type { TestLimit } from '../approval/request-budget.ts'
import { deviceEntry } from './data.ts'
import type { PushDevice } from './devices.ts'
import {
  type ChallengePages,
  chooseTarget,
  forgetPhone,
  type NoTarget,
  type SendOptions,
  type ShowPage,
  sendChallenge,
} from './send.ts'
import { createUnreachableTestForm, oldAppTestForm } from './verify-page.ts'

type Result = StepResult<'back'>

const backToCode: Result = { type: 'done', outcome: 'back', change: { data: forgetPhone } }

/** Sends to the phone that `push/enrol` wrote to the journey data, or shows why that phone cannot be tested. */
export async function sendTest(
  options: SendOptions,
  context: StepContext,
  show: ShowPage,
): Promise<Result> {
  const device = await options.stores.devices.find(
    options.db,
    `${deviceEntry.read(context.data) ?? ''}`,
  )
  const devices = device?.userId === requireUserId(context) ? [device] : []
  const target = await chooseTarget(options, context, devices)
  return target.type === 'device'
    ? await sendTestTo(options, context, target.device, { show })
    : showStuckTest(context, target)
}

function showStuckTest(context: StepContext, target: NoTarget): Result {
  if (context.answers?.action === 'back') return backToCode
  if (target.type === 'old_app') return { type: 'ask', form: oldAppTestForm }
  if (target.type === 'none') return { type: 'ask', form: createUnreachableTestForm(undefined) }
  const text = target.type === 'no_sender' ? 'push.no_sender.text' : 'push.disabled.text'
  return { type: 'ask', form: createUnreachableTestForm(target.device, text) }
}

/** Refuses another message for now. A challenge that can still be answered stays on the page. */
async function showTestLimit(
  context: StepContext,
  limit: TestLimit,
  current: ChallengePages['current'],
): Promise<Result> {
  if (context.answers?.action === 'back') return backToCode
  const retryAfter = Math.ceil((limit.until - context.now) / 1000)
  if (current === undefined) return { type: 'ask', form: createLimitedTestForm(limit, context.now) }
  const formError = { status: 429, ...describeTestLimit(limit, context.now), retryAfter } as const
  return { ...(await current(context)), formError }
}

export async function sendTestTo(
  options: SendOptions,
  context: StepContext,
  device: PushDevice,
  { show, current }: ChallengePages,
): Promise<Result> {
  const { db, stores } = options
  const { challenges } = stores
  const budgetKey = await options.rules.findBudgetKey(context)
  const budget = { userId: requireUserId(context), budgetKey, deviceId: device.id }
  const limit = await challenges.findTestLimit(db, budget)
  if (limit !== undefined) return await showTestLimit(context, limit, current)
  return await sendChallenge(options, {
    purpose: 'test',
    context,
    device,
    show,
    budgetKey,
    mayStillSend: async (queries) =>
      (await challenges.findTestLimit(queries, budget)) === undefined,
  })
}
