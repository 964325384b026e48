/**
 * Whether a phone that is offered as a card can be asked now, and when its limit ends. may-ask.ts owns the limit, hold-words.ts
 * the words.
 */
import { requireUserId, type StepContext } from '../../engine/step.ts'
import type { FindBudgetKey } from '../budget-key.ts'
import type { Factor, Hold } from '../factor.ts'
import type { FactorKind } from '../index.ts'
import { findAsker } from './budget.ts'
import type { HeldBackFacts } from './held-back.ts'
import { describeHold } from './hold-words.ts'
import { createLimitError, findPause, isShort, type SendLimit } from './limited-page.ts'
import { describeHeldBack, findSendLimit, type LimitSources } from './may-ask.ts'

/** When a limit ends (ms since the epoch); `undefined`: shortly, or not by waiting. */
export function findHoldEnd(limit: SendLimit | undefined, now: number): number | undefined {
  if (limit === undefined || isShort(limit)) return undefined
  const seconds = findPause(limit, now)
  return seconds === undefined ? undefined : now + seconds * 1000
}

export interface HoldOptions {
  readonly kind: FactorKind
  readonly sources: LimitSources
  readonly findBudgetKey: FindBudgetKey
  readonly noteHeldBack: (facts: HeldBackFacts) => Promise<void>
  /** The phone that can still answer a request of this journey. Its page can be opened whatever the limit. */
  readonly findAsked: (context: StepContext) => Promise<string | undefined>
}

export function createFindHold(options: HoldOptions): NonNullable<Factor['findHold']> {
  const { kind, sources, findBudgetKey, noteHeldBack, findAsked } = options
  return async (context, authenticatorId = ''): Promise<Hold | undefined> => {
    const to = { device: { id: authenticatorId }, isChosen: authenticatorId !== '' }
    const asker = await findAsker(findBudgetKey, context, to)
    const userId = requireUserId(context)
    const { now } = context
    const limit = await findSendLimit(sources, { kind, userId, now, asker })
    const until = findHoldEnd(limit, now)
    if (limit === undefined || until === undefined) return undefined
    const asked = await findAsked(context)
    if (asked !== undefined && (authenticatorId === '' || authenticatorId === asked)) {
      return undefined
    }
    const hint = describeHold(until, now)
    if (asked !== undefined) return { hint }
    return {
      hint,
      async refuse() {
        const facts = describeHeldBack(limit)
        if (facts !== undefined) await noteHeldBack({ userId, ...facts })
        return createLimitError(limit, now)
      },
    }
  }
}
