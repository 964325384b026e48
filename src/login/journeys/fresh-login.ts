/**
 * Whether a login is fresh, and as strong as the person's authenticators allow. A change of authenticators never rests on it:
 * decision/binding.ts asks for a proof of that act.
 */

import type { Acr } from '../../identity/policy/assurance.ts'
import { findPresence, type LiveSession } from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import { lockUser } from '../../identity/users/lock.ts'
import type { Users } from '../../identity/users/users.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { isHighestAchieved } from '../decision/decide.ts'
import type { JourneyRequest, SessionPrecondition } from '../engine/journey.ts'
import type { JourneyStore } from '../engine/store.ts'
import type { FactorDescription } from '../factors/factor.ts'

export interface FreshLoginOptions {
  readonly clock: Clock
  /** Milliseconds. */
  readonly maxAge: number
  readonly store: Pick<JourneyStore, 'proofsOfSession'>
  readonly users: Pick<Users, 'find'>
  /** The factors that stand for what was lost. */
  readonly fallbacks: readonly Pick<FactorDescription, 'kind'>[]
  /** The highest level of the user's authenticators; `undefined` when the user has no second factor. */
  readonly findHighestEnrolled: (queries: Queries, userId: Id<'user'>) => Promise<Acr | undefined>
}

export function createFreshLogin(options: FreshLoginOptions) {
  const { clock, maxAge, store, users, fallbacks, findHighestEnrolled } = options

  /**
   * Whether the session proves as much as its person can. A fallback stands for what was lost. Inside a
   * transaction nothing is added meanwhile.
   */
  async function isStrongest(queries: Queries, session: LiveSession): Promise<boolean> {
    if (queries.isTransaction) await lockUser(queries, session.userId)
    const highestLevel = await findHighestEnrolled(queries, session.userId)
    const levels = { achievedLevel: session.acr, highestLevel }
    if (isHighestAchieved({ ...levels, isRecovered: false })) return true
    const proofs = await store.proofsOfSession(queries, session.id)
    const isRecovered = proofs.some(
      ({ factor, provenAt }) =>
        fallbacks.some(({ kind }) => kind === factor) &&
        provenAt >= session.authenticatedAt - maxAge,
    )
    return isHighestAchieved({ ...levels, isRecovered })
  }

  /** Whether the password of the login is still valid: it was not changed since, and does not have to be changed. */
  async function hasFirst(queries: Queries, session: LiveSession): Promise<boolean> {
    const user = await users.find(queries, session.userId)
    if (user === undefined || user.passwordChangeRequired) return false
    return (user.passwordChangedAt ?? 0) <= session.authenticatedAt
  }

  async function mayChange(queries: Queries, session: LiveSession): Promise<boolean> {
    return (await hasFirst(queries, session)) && (await isStrongest(queries, session))
  }

  return {
    isStrongest,

    /** Whether the first factor of the login is still valid. */
    hasFirst,

    /** Whether a new login would begin with the same first factor. */
    async isFirstFresh(queries: Queries, session: LiveSession): Promise<boolean> {
      if (findPresence(session) < clock.now() - maxAge) return false
      return await hasFirst(queries, session)
    },

    async isFresh(queries: Queries, session: LiveSession): Promise<boolean> {
      if (findPresence(session) < clock.now() - maxAge) return false
      return await mayChange(queries, session)
    },

    /** The login that makes a session fresh; with `atAnyAge`, the one that makes it as strong as it can be. */
    async requestFor(
      queries: Queries,
      session: LiveSession,
      returnTo: string,
      { atAnyAge = false }: { readonly atAnyAge?: boolean } = {},
    ): Promise<JourneyRequest> {
      const highestLevel = await findHighestEnrolled(queries, session.userId)
      // A confirmation beside the session is not enough for a login that is too old, nor for a password that was changed
      // since.
      const isOver = !(await hasFirst(queries, session))
      const since = isOver ? session.authenticatedAt + 1 : clock.now() - maxAge
      return {
        returnTo,
        confirms: 'account',
        ...(!atAnyAge && { authenticatedSince: since }),
        ...(highestLevel !== undefined && { acrValues: [highestLevel] }),
      }
    },
  }
}

export type FreshLogin = ReturnType<typeof createFreshLogin>

/** As `may`, but only for the session as it was found: of two answers that would renew it, only the first is accepted. */
export function requireCurrentSession(
  { isCurrent }: Pick<Sessions, 'isCurrent'>,
  may: SessionPrecondition,
): SessionPrecondition {
  return async (queries, session) => {
    if (queries.isTransaction) await lockUser(queries, session.userId)
    return (await isCurrent(queries, session.tokenHash)) && (await may(queries, session))
  }
}
