/**
 * Sends the challenge of a login. Owns which of the user's phones gets it, whether it may be sent now, and what the page says
 * when nothing can be sent: no phone, one that cannot be reached, one whose app is too old, or too many messages.
 */
import { mergeData } from '../../engine/data.ts'
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import { findAsker } from '../approval/budget.ts'
import { findHoldEnd } from '../approval/hold.ts'
import { heldUntilEntry } from '../approval/hold-words.ts'
import {
  createLimitError,
  createLimitedForm,
  type SendLimit,
  type StuckPage,
} from '../approval/limited-page.ts'
import { describeHeldBack, findSendLimit, mayStillAsk } from '../approval/may-ask.ts'
import { leaveForOther } from '../approval/other-phones.ts'
import { chosenAuthenticatorEntry } from '../enrolled.ts'
import { findTrouble, heldBackEntry } from '../trouble.ts'
import { challengeEntry, offeredEntry } from './data.ts'
import type { PushDevice } from './devices.ts'
import {
  type AskResult,
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

const forgetOffered = { data: offeredEntry.clear() }

async function showStuck(
  options: SendOptions,
  context: StepContext,
  target: NoTarget,
): Promise<LeaveResult> {
  const others = await options.rules.listOthers(context)
  const left = findTrouble(context, 'push') ?? leaveForOther({ others }, context, forgetOffered)
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

/** The phone that is asked. */
export interface Addressee {
  readonly device: PushDevice
  /** The person has chosen it by its name, on this page or in the list of all factors. */
  readonly isChosen: boolean
}

/** Shows the page that says why nothing is sent and offers the other factors. */
export async function showLimit(
  options: SendOptions,
  context: StepContext,
  limit: SendLimit,
): Promise<StepResult<'other' | 'trouble'>> {
  const others = await options.rules.listOthers(context)
  const facts = describeHeldBack(limit)
  const data = {
    ...forgetOffered.data,
    ...(facts !== undefined && heldBackEntry.write('push')),
  }
  const left = findTrouble(context, 'push') ?? leaveForOther({ others }, context, { data })
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

/** What is open can still be approved, and what has expired has more to offer than a page that only says no. */
async function stayHeld(
  context: StepContext,
  limit: SendLimit,
  current: NonNullable<ChallengePages['current']>,
): Promise<AskResult> {
  const change = { data: heldUntilEntry.write(findHoldEnd(limit, context.now)) }
  const page = await current({ ...context, data: mergeData(context.data, change.data) })
  return { ...page, formError: createLimitError(limit, context.now), change }
}

export async function sendTo(
  options: SendOptions,
  context: StepContext,
  to: Addressee,
  { show, current }: ChallengePages,
): Promise<StepResult<'other' | 'trouble'>> {
  const { db, lockout, stores, rules } = options
  const budget = stores.challenges
  const asker = await findAsker(rules.findBudgetKey, context, to)
  const { userId } = to.device
  const limit = await findSendLimit(
    { db, lockout, budget },
    { kind: 'push', userId, now: context.now, asker },
  )
  if (current !== undefined && limit !== undefined && limit.type !== 'off') {
    const facts = describeHeldBack(limit)
    if (facts !== undefined) await options.delivery.noteHeldBack({ userId, ...facts })
    return await stayHeld(context, limit, current)
  }
  if (limit !== undefined) return await showLimit(options, context, limit)
  return await sendChallenge(options, {
    purpose: 'login',
    context,
    device: to.device,
    show,
    budgetKey: asker.budgetKey,
    heldUntil: await budget.findFullUntil(db, userId, asker),
    mayStillSend: (queries) => mayStillAsk(budget, queries, userId, asker),
  })
}
