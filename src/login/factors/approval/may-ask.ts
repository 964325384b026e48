/** Whether a phone may be asked for a login now. Owns the order of the checks; budget.ts and lockout.ts have the limits. */
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { findBrowserGroup } from '../budget-key.ts'
import type { FactorKind } from '../index.ts'
import type { Lockout } from '../lockout.ts'
import type { Asker, createBudget } from './budget.ts'
import type { HeldBackFacts } from './held-back.ts'
import type { SendLimit } from './limited-page.ts'

export interface LimitSources {
  readonly db: Database
  readonly lockout: Pick<Lockout, 'findRefusal'>
  readonly budget: Pick<ReturnType<typeof createBudget>, 'findSendWait' | 'findBlockedUntil'>
}

export interface LoginRequest {
  readonly kind: FactorKind
  readonly userId: Id<'user'>
  readonly now: number
  readonly asker: Asker
}

/** Why nothing may be asked for a login now; `undefined`: a phone may be asked. */
export async function findSendLimit(
  { db, lockout, budget }: LimitSources,
  { kind, userId, now, asker }: LoginRequest,
): Promise<SendLimit | undefined> {
  const refusal = await lockout.findRefusal(db, userId, kind, findBrowserGroup(asker.budgetKey))
  if (refusal !== undefined) return refusal
  const blocked = await budget.findBlockedUntil(db, userId)
  if (blocked !== undefined) return { type: 'blocked', until: blocked }
  const wait = await budget.findSendWait(db, userId, asker)
  if (wait === undefined) return undefined
  if (wait.reason === 'limit') return { type: 'budget', until: wait.until }
  return { type: wait.reason, seconds: Math.ceil((wait.until - now) / 1000) }
}

/** Repeats the check in the transaction, in which no other request can be added and no report made. */
export async function mayStillAsk(
  budget: LimitSources['budget'],
  queries: Queries,
  userId: Id<'user'>,
  asker: Asker,
): Promise<boolean> {
  if ((await budget.findSendWait(queries, userId, asker)) !== undefined) return false
  return (await budget.findBlockedUntil(queries, userId)) === undefined
}

/** The facts of a limit for the audit event. `undefined`: the request follows shortly. */
export function describeHeldBack(limit: SendLimit): Omit<HeldBackFacts, 'userId'> | undefined {
  switch (limit.type) {
    case 'pause':
    case 'busy':
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
