/**
 * Lifts what prevents a person from trying: the wait after wrong passwords, the wait and the locks after wrong second factors,
 * the limits of each factor, such as those of requests to the phones, and on demand the block after a report. Grants nothing: the
 * person still has to verify as before.
 */
import type { Audit } from '../../identity/audit/audit.ts'
import { liftPasswordWaits } from '../../identity/limits/password-waits.ts'
import type { Throttle } from '../../identity/limits/throttle.ts'
import { type Administrator, auditName } from '../../identity/operations/actor.ts'
import { findUser } from '../../identity/operations/users.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { findBlockEnd } from '../report/report.ts'
import { factorEvents } from './events.ts'
import type { FactorDefinition } from './factor.ts'
import type { FactorKind } from './index.ts'
import type { Lockout } from './lockout.ts'

export interface UnlockOptions {
  readonly db: Database
  readonly users: Pick<Users, 'findByName' | 'setKnownBrowserFailures' | 'endPushBlock'>
  readonly throttle: Pick<Throttle, 'clear' | 'check'>
  readonly lockout: Pick<Lockout, 'lift'>
  /** The factors of the list. */
  readonly factors: readonly Pick<FactorDefinition, 'liftLimits'>[]
  readonly audit: Audit
  readonly clock: Clock
}

export interface Unlocked {
  readonly username: string
  /** The factors that were off. */
  readonly kinds: readonly FactorKind[]
  /** How many messages of factors, such as requests to the phones, are not counted any more. */
  readonly requests: number
  /** Whether messages were blocked after a report, and are sent again. */
  readonly blockEnded: boolean
  /** Until when they stay blocked (ms since the epoch); null: they are not. */
  readonly blockedUntil: number | null
}

export type Unlock = ReturnType<typeof createUnlock>

/** A user is named by login name; throws Fault `not_found` where nobody has it. */
export function createUnlock(options: UnlockOptions) {
  const { db, users, lockout, factors, audit, clock } = options
  return (
    actor: Administrator,
    name: string,
    { endsBlock }: { readonly endsBlock: boolean },
  ): Promise<Unlocked> =>
    transact(db, async (tx) => {
      const user = await findUser(users, tx, name)
      const { id: userId, username } = user
      await liftPasswordWaits(options, tx, user)
      const kinds = await lockout.lift(tx, userId)
      let requests = 0
      for (const one of factors)
        requests += (await one.liftLimits?.(tx, { userId, now: clock.now() })) ?? 0
      const blockEnded = endsBlock && (await users.endPushBlock(tx, userId))
      const by = auditName(actor)
      await audit.record(tx, factorEvents.unlocked, { userId, kinds, requests, blockEnded, by })
      const blockedUntil = blockEnded ? undefined : findBlockEnd(user, clock.now())
      return { username, kinds, requests, blockEnded, blockedUntil: blockedUntil ?? null }
    })
}
