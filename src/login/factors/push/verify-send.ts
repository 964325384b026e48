/**
 * Sends the challenge of a login. Owns which of the user's phones gets it, whether it may be sent now, and what the page says
 * when nothing can be sent: no phone, one that cannot be reached, one whose app is too old, or too many messages.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { type Change, requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { type Asker, findAsker } from '../approval/budget.ts'
import {
  createLimitError,
  createLimitedForm,
  type SendLimit,
  type StuckPage,
} from '../approval/limited-page.ts'
import { chosenAuthenticatorEntry, chosenEntry, createFactorOption, findCard } from '../enrolled.ts'
import type { FactorCard } from '../factor.ts'
import { findTrouble, heldBackEntry } from '../trouble.ts'
import { challengeEntry, offeredEntry } from './data.ts'
import type { HeldBackFacts } from './delivery.ts'
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
import { createUnreachableForm } from './verify-page.ts'

/** The result of a page for which nothing is sent. */
export type LeaveResult = StepResult<'other' | 'register' | 'trouble'>

/** Sends to the usable phone that was used last, or shows a page that says why no phone can be used. */
export async function sendFirst(
  options: SendOptions,
  context: StepContext,
  show: ShowPage,
): Promise<LeaveResult> {
  const devices = await options.stores.devices.listActive(options.db, requireUserId(context))
  const target = await chooseTarget(options, context, devices)
  if (target.type !== 'device') return await showStuck(options, context, target)
  const isChosen = target.device.id === chosenAuthenticatorEntry.read(context.data)
  return await sendTo(options, context, { device: target.device, isChosen }, { show })
}

async function showStuck(
  options: SendOptions,
  context: StepContext,
  target: NoTarget,
): Promise<LeaveResult> {
  const others = await options.rules.listOthers(context)
  const left = findTrouble(context, 'push') ?? leaveForOther(others, context)
  if (left !== undefined) return left
  // The phone was removed while its page waited.
  if (target.type === 'none' && others.length > 0) {
    const data = { ...challengeEntry.clear(), ...offeredEntry.clear() }
    return { type: 'done', outcome: 'other', change: { data } }
  }
  const mayEnrol =
    target.type === 'unreachable' && (await options.rules.mayEnrolAnew(options.db, context))
  if (mayEnrol && context.answers?.action === 'register') {
    return { type: 'done', outcome: 'register', change: { data: forgetPhone } }
  }
  if (target.type !== 'none') {
    const reason = target.type === 'old_app' ? 'old_app' : 'unreachable'
    await options.delivery.noteHeldBack({ userId: requireUserId(context), reason })
  }
  const page: StuckPage = { others, restartPath: context.createRestartPath() }
  return { type: 'ask', form: createUnreachableForm(page, { ...target, mayEnrol }) }
}

/** The outcome when the user leaves for another factor: for the list of factors, or for the one that was chosen on this page. */
export function leaveForOther(
  others: readonly FactorCard[],
  context: StepContext,
  change: Change = {},
): StepResult<'other'> | undefined {
  const action = context.answers?.action
  const chosen = findCard(others, action)
  if (others.length === 0 || (chosen === undefined && action !== 'other')) return undefined
  const data = {
    ...change.data,
    ...offeredEntry.clear(),
    ...chosenAuthenticatorEntry.clear(),
    ...(chosen !== undefined && chosenEntry.write(createFactorOption(chosen).value)),
  }
  return { type: 'done', outcome: 'other', change: { ...change, data } }
}

/** The phone that is asked. */
export interface Addressee {
  readonly device: PushDevice
  /** The person has chosen it by its name, on this page or in the list of all factors. */
  readonly isChosen: boolean
}

/** Why nothing may be sent for a login now; `undefined`: a message may be sent. */
async function findLimit(
  options: SendOptions,
  context: StepContext,
  asker: Asker,
): Promise<SendLimit | undefined> {
  const { db, lockout, stores } = options
  const { challenges } = stores
  const userId = requireUserId(context)
  const refusal = await lockout.findRefusal(db, userId, 'push')
  if (refusal !== undefined) return refusal
  const blocked = await challenges.findBlockedUntil(db, userId)
  if (blocked !== undefined) return { type: 'blocked', until: blocked }
  const wait = await challenges.findSendWait(db, userId, asker)
  if (wait === undefined) return undefined
  if (wait.reason === 'limit') return { type: 'budget', until: wait.until }
  return { type: 'pause', seconds: Math.ceil((wait.until - context.now) / 1000) }
}

/** Shows the page that says why nothing is sent and offers the other factors. */
export async function showLimit(
  options: SendOptions,
  context: StepContext,
  limit: SendLimit,
): Promise<StepResult<'other' | 'trouble'>> {
  const others = await options.rules.listOthers(context)
  const facts = describeHeldBack(limit)
  const data = facts === undefined ? {} : heldBackEntry.write('push')
  const left = findTrouble(context, 'push') ?? leaveForOther(others, context, { data })
  if (left !== undefined) return left
  if (facts !== undefined)
    await options.delivery.noteHeldBack({ userId: requireUserId(context), ...facts })
  return {
    type: 'ask',
    form: createLimitedForm(
      limit,
      { others, restartPath: context.createRestartPath() },
      context.now,
    ),
  }
}

/** `undefined`: the message follows in some seconds. */
function describeHeldBack(limit: SendLimit): Omit<HeldBackFacts, 'userId'> | undefined {
  switch (limit.type) {
    case 'pause':
      return undefined
    case 'budget':
      return { reason: 'limit', until: limit.until }
    case 'blocked':
      return { reason: 'blocked', until: limit.until }
    case 'wait':
      return { reason: 'throttled' }
    case 'off':
      return { reason: 'off' }
  }
}

/** Repeats the check in the transaction, in which no other message can be added and no report made. */
async function mayStillSend(
  { stores: { challenges } }: SendOptions,
  queries: Queries,
  userId: Id<'user'>,
  asker: Asker,
): Promise<boolean> {
  if ((await challenges.findSendWait(queries, userId, asker)) !== undefined) return false
  return (await challenges.findBlockedUntil(queries, userId)) === undefined
}

export async function sendTo(
  options: SendOptions,
  context: StepContext,
  to: Addressee,
  { show, current }: ChallengePages,
): Promise<StepResult<'other' | 'trouble'>> {
  const asker = await findAsker(options.rules.findBudgetKey, context, to)
  const limit = await findLimit(options, context, asker)
  // What is open can still be approved.
  if (current !== undefined && (limit?.type === 'pause' || limit?.type === 'budget')) {
    return { ...(await current()), formError: createLimitError(limit, context.now) }
  }
  if (limit !== undefined) return await showLimit(options, context, limit)
  return await sendChallenge(options, {
    purpose: 'login',
    context,
    device: to.device,
    show,
    budgetKey: asker.budgetKey,
    mayStillSend: (queries) => mayStillSend(options, queries, to.device.userId, asker),
  })
}
