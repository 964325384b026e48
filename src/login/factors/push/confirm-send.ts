/**
 * Sending the challenge of a login: which of the person's phones it goes to, whether it may be sent now, and what the page
 * says where nothing can be sent: no phone, one that cannot be reached, one whose app is too old, or too many messages.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { type Change, type StepResult, userOf, type Visit } from '../../engine/step.ts'
import { chosenKey } from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import { type Limit, limitedAsk, type Stuck, tooSoon, unreachableAsk } from './confirm-page.ts'
import type { PushDevice } from './devices.ts'
import { challengeKey, offeredKey } from './kept.ts'
import {
  type AskResult,
  chooseTarget,
  forgetPhone,
  type NoTarget,
  type SendOptions,
  type ShowPage,
  sendChallenge,
} from './send.ts'

/** Where a person goes to whom nothing is sent. */
export type LeaveResult = StepResult<'other' | 'register'>

/** To the phone that was used last and can be asked; or a page that says why there is none. */
export async function sendFirst(
  options: SendOptions,
  visit: Visit,
  show: ShowPage,
): Promise<LeaveResult> {
  const devices = await options.devices.activeOf(options.db, userOf(visit))
  const target = await chooseTarget(options, visit, devices)
  return target.type === 'device'
    ? await sendTo(options, visit, target.device, show)
    : await stuck(options, visit, target)
}

async function stuck(options: SendOptions, visit: Visit, target: NoTarget): Promise<LeaveResult> {
  const others = await options.othersOf(visit)
  const left = leaveFor(others, visit)
  if (left !== undefined) return left
  // The phone was removed while its page waited.
  if (target.type === 'none' && others.length > 0) {
    const kept = { [challengeKey]: undefined, [offeredKey]: undefined }
    return { type: 'done', outcome: 'other', change: { kept } }
  }
  const mayRegister =
    target.type === 'unreachable' && (await options.mayRegisterAnew(options.db, visit))
  if (mayRegister && visit.answers?.action === 'register') {
    return { type: 'done', outcome: 'register', change: { kept: forgetPhone } }
  }
  const page: Stuck = { others, startOver: visit.startOver() }
  return { type: 'ask', ask: unreachableAsk(page, { ...target, mayRegister }) }
}

/** The person goes to another factor: to the choice, or straight to the one that was chosen on this page. */
export function leaveFor(
  others: readonly FactorCard[],
  visit: Visit,
  change: Change = {},
): StepResult<'other'> | undefined {
  const action = visit.answers?.action
  const chosen = others.find(({ kind }) => kind === action)
  if (others.length === 0 || (chosen === undefined && action !== 'other')) return undefined
  const kept = {
    ...change.kept,
    [offeredKey]: undefined,
    ...(chosen !== undefined && { [chosenKey]: chosen.kind }),
  }
  return { type: 'done', outcome: 'other', change: { ...change, kept } }
}

/** Why nothing may be sent for a login now. */
async function limitOf(options: SendOptions, visit: Visit): Promise<Limit | undefined> {
  const { db, attempts, challenges } = options
  const userId = userOf(visit)
  const refusal = await attempts.refusalOf(db, userId, 'push')
  if (refusal !== undefined) return refusal
  const blocked = await challenges.blockedUntil(db, userId)
  if (blocked !== undefined) return { type: 'blocked', until: blocked }
  const wait = await challenges.nextSend(db, userId)
  if (wait === undefined) return undefined
  if (wait.reason === 'limit') return { type: 'budget', until: wait.until }
  return { type: 'pause', seconds: Math.ceil((wait.until - visit.now) / 1000) }
}

/** The page that says why nothing is sent, and leads on. */
export async function limited(
  options: SendOptions,
  visit: Visit,
  limit: Limit,
): Promise<StepResult<'other'>> {
  const others = await options.othersOf(visit)
  const left = leaveFor(others, visit)
  if (left !== undefined) return left
  return { type: 'ask', ask: limitedAsk(limit, { others, startOver: visit.startOver() }) }
}

/** Inside the transaction no other message can be added and no report made at the same time. */
async function mayStillSend(
  { challenges }: SendOptions,
  queries: Queries,
  userId: Id<'user'>,
): Promise<boolean> {
  if ((await challenges.nextSend(queries, userId)) !== undefined) return false
  return (await challenges.blockedUntil(queries, userId)) === undefined
}

/** @param current the page of the challenge that is already there */
export async function sendTo(
  options: SendOptions,
  visit: Visit,
  device: PushDevice,
  show: ShowPage,
  current?: () => Promise<AskResult>,
): Promise<StepResult<'other'>> {
  const limit = await limitOf(options, visit)
  if (limit?.type === 'pause' && current !== undefined) {
    const { seconds } = limit
    const complaint = { status: 429, ...tooSoon(seconds), retryAfter: seconds } as const
    return { ...(await current()), complaint }
  }
  if (limit !== undefined) return await limited(options, visit, limit)
  return await sendChallenge(options, {
    ...{ purpose: 'login', visit, device, show },
    mayStillSend: (queries, userId) => mayStillSend(options, queries, userId),
  })
}
