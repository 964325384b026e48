/**
 * Sends the challenge of a login. Owns which of the user's phones gets it, whether it may be sent now, and what the page says
 * when nothing can be sent: no phone, one that cannot be reached, one whose app is too old, or too many messages.
 */
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import {
  type Addressee,
  askWithinLimit,
  type LimitedFactor,
  showLimit as showLimitOf,
} from '../approval/ask-within-limit.ts'
import type { SendLimit, StuckPage } from '../approval/limited-page.ts'
import { leaveForOther } from '../approval/other-phones.ts'
import { chosenAuthenticatorEntry } from '../enrolled.ts'
import { findTrouble } from '../trouble.ts'
import { challengeEntry } from './data.ts'
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
  const left = findTrouble(context, 'push') ?? leaveForOther({ others }, context)
  if (left !== undefined) return left
  // The phone was removed while its page waited.
  if (target.type === 'none' && others.length > 0) {
    return { type: 'done', outcome: 'other', change: { data: challengeEntry.clear() } }
  }
  const mayEnrol =
    target.type === 'unreachable' && (await options.rules.mayEnrolAnew(options.db, context))
  if (mayEnrol && context.answers?.action === 'register') {
    return { type: 'done', outcome: 'register', change: { data: forgetPhone } }
  }
  if (target.type !== 'none') {
    await options.delivery.noteHeldBack({ userId: requireUserId(context), reason: target.type })
  }
  const page: StuckPage = { others, restartPath: context.createRestartPath() }
  return { type: 'ask', form: createUnreachableForm(page, { ...target, mayEnrol }) }
}

const limited = ({ db, lockout, stores, rules, delivery }: SendOptions): LimitedFactor => ({
  ...{ kind: 'push', db, lockout, budget: stores.challenges },
  findBudgetKey: rules.findBudgetKey,
  listOthers: rules.listOthers,
  noteHeldBack: delivery.noteHeldBack,
})

/** Shows the page that says why nothing is sent and offers the other factors. */
export const showLimit = (options: SendOptions, context: StepContext, limit: SendLimit) =>
  showLimitOf(limited(options), context, limit)

export function sendTo(
  options: SendOptions,
  context: StepContext,
  to: Addressee<PushDevice>,
  { show, current }: ChallengePages,
): Promise<StepResult<'other' | 'trouble'>> {
  const { device } = to
  return askWithinLimit(limited(options), context, to, {
    current,
    ask: ({ budgetKey, heldUntil, mayStillAsk }) =>
      sendChallenge(options, {
        ...{ purpose: 'login', context, device, show, budgetKey, heldUntil },
        mayStillSend: mayStillAsk,
      }),
  })
}
