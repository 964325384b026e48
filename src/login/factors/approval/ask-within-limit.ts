/**
 * Makes a request of a login within its limits, or shows a page that says why not, and from when. Owns what that page offers and
 * what is audited. The factor owns the request and its own pages.
 */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { mergeData } from '../../engine/data.ts'
import { requireUserId, type StepContext, type StepResult } from '../../engine/step.ts'
import type { FindBudgetKey } from '../budget-key.ts'
import type { FactorCard } from '../factor.ts'
import type { FactorKind } from '../index.ts'
import { findTrouble, heldBackEntry } from '../trouble.ts'
import { type createBudget, findAsker } from './budget.ts'
import type { HeldBackFacts } from './held-back.ts'
import { findHoldEnd } from './hold.ts'
import { heldUntilEntry, withoutHoldNotice } from './hold-words.ts'
import { createLimitError, createLimitedForm, type SendLimit } from './limited-page.ts'
import { describeHeldBack, findSendLimit, type LimitSources, mayStillAsk } from './may-ask.ts'
import { leaveForOther } from './other-phones.ts'

type AskResult = Extract<StepResult<never>, { type: 'ask' }>

/** What a factor provides. */
export interface LimitedFactor extends LimitSources {
  readonly kind: FactorKind
  readonly budget: LimitSources['budget'] & Pick<ReturnType<typeof createBudget>, 'findFullUntil'>
  readonly findBudgetKey: FindBudgetKey
  readonly listOthers: (context: StepContext) => Promise<readonly FactorCard[]>
  readonly noteHeldBack: (facts: HeldBackFacts) => Promise<void>
}

/** The phone that is asked. */
export interface Addressee<Device> {
  readonly device: Device
  /** The person has chosen this phone by its name, on this page or in the list of all factors. */
  readonly isChosen: boolean
}

/** What a request is made from. */
export interface Permission {
  readonly budgetKey: string
  /** From when another request can follow (ms since the epoch); `undefined`: at once, or after a pause. */
  readonly heldUntil: number | undefined
  /** Repeats the check in the transaction that writes the request. */
  readonly mayStillAsk: (queries: Queries) => Promise<boolean>
}

export interface LimitedPages {
  readonly ask: (permission: Permission) => Promise<AskResult>
  /** What the page shows now, and continues to show when a limit is reached. */
  readonly current?: ((context: StepContext) => Promise<AskResult>) | undefined
}

export async function askWithinLimit(
  factor: LimitedFactor,
  context: StepContext,
  to: Addressee<{ readonly id: string; readonly userId: Id<'user'> }>,
  { ask, current }: LimitedPages,
): Promise<StepResult<'other' | 'trouble'>> {
  const { db, kind, budget, findBudgetKey } = factor
  const asker = await findAsker(findBudgetKey, context, to)
  const { userId } = to.device
  const limit = await findSendLimit(factor, { kind, userId, now: context.now, asker })
  // An open request can still be approved, and the page of an expired one offers more than a page that only says no.
  if (limit !== undefined && limit.type !== 'off' && current !== undefined) {
    await noteLimit(factor, context, limit)
    const change = { data: heldUntilEntry.write(findHoldEnd(limit, context.now)) }
    const page = await current({ ...context, data: mergeData(context.data, change.data) })
    const form = withoutHoldNotice(page.form)
    return { ...page, form, formError: createLimitError(limit, context.now), change }
  }
  if (limit !== undefined) return await showLimit(factor, context, limit)
  return await ask({
    budgetKey: asker.budgetKey,
    heldUntil: await budget.findFullUntil(db, userId, asker),
    mayStillAsk: (queries) => mayStillAsk(budget, queries, userId, asker),
  })
}

/** Shows the page that says why nothing is asked, and offers the other factors. */
export async function showLimit(
  factor: LimitedFactor,
  context: StepContext,
  limit: SendLimit,
): Promise<StepResult<'other' | 'trouble'>> {
  const others = await factor.listOthers(context)
  const isNoted = describeHeldBack(limit) !== undefined
  const data = isNoted ? heldBackEntry.write(factor.kind) : {}
  const left = findTrouble(context, factor.kind) ?? leaveForOther({ others }, context, { data })
  if (left !== undefined) return left
  await noteLimit(factor, context, limit)
  const stuck = { others, restartPath: context.createRestartPath() }
  return { type: 'ask', form: createLimitedForm(limit, stuck, context.now) }
}

async function noteLimit(
  { noteHeldBack }: LimitedFactor,
  context: StepContext,
  limit: SendLimit,
): Promise<void> {
  const facts = describeHeldBack(limit)
  if (facts !== undefined) await noteHeldBack({ userId: requireUserId(context), ...facts })
}
