/** Sending the challenge that tests a new phone: whether it may be sent, and what the page says where it may not. */
import { type StepResult, userOf, type Visit } from '../../engine/step.ts'
import type { TestLimit } from './budget.ts'
import { limitedTestAsk, oldAppTestAsk, tooManyTests, unreachableTestAsk } from './confirm-page.ts'
import type { PushDevice } from './devices.ts'
import { deviceKey } from './kept.ts'
import {
  type AskResult,
  chooseTarget,
  forgetPhone,
  type NoTarget,
  type SendOptions,
  type ShowPage,
  sendChallenge,
} from './send.ts'

type Result = StepResult<'back'>

const backToCode: Result = { type: 'done', outcome: 'back', change: { kept: forgetPhone } }

/** To the phone that `push/register` has left in `push.device`; or a page that says why it cannot be tested. */
export async function sendTest(
  options: SendOptions,
  visit: Visit,
  show: ShowPage,
): Promise<Result> {
  const device = await options.devices.find(options.db, `${visit.kept[deviceKey] ?? ''}`)
  const devices = device?.userId === userOf(visit) ? [device] : []
  const target = await chooseTarget(options, visit, devices)
  return target.type === 'device'
    ? await sendTestTo(options, visit, target.device, show)
    : stuckTest(visit, target)
}

function stuckTest(visit: Visit, target: NoTarget): Result {
  if (visit.answers?.action === 'back') return backToCode
  if (target.type === 'old_app') return { type: 'ask', ask: oldAppTestAsk }
  const device = target.type === 'unreachable' ? target.device : undefined
  return { type: 'ask', ask: unreachableTestAsk(device) }
}

/** A message that can still be answered stays on the page. */
async function limitedTest(
  visit: Visit,
  limit: TestLimit,
  current: (() => Promise<AskResult>) | undefined,
): Promise<Result> {
  if (visit.answers?.action === 'back') return backToCode
  const retryAfter = Math.ceil((limit.until - visit.now) / 1000)
  if (current === undefined) return { type: 'ask', ask: limitedTestAsk(limit, visit.now) }
  const complaint = { status: 429, ...tooManyTests(limit, visit.now), retryAfter } as const
  return { ...(await current()), complaint }
}

/** @param current the page of the challenge that is already there */
export async function sendTestTo(
  options: SendOptions,
  visit: Visit,
  device: PushDevice,
  show: ShowPage,
  current?: () => Promise<AskResult>,
): Promise<Result> {
  const { db, challenges } = options
  const limit = await challenges.testLimit(db, userOf(visit))
  if (limit !== undefined) return await limitedTest(visit, limit, current)
  return await sendChallenge(options, {
    ...{ purpose: 'test', visit, device, show },
    mayStillSend: async (queries, userId) =>
      (await challenges.testLimit(queries, userId)) === undefined,
  })
}
