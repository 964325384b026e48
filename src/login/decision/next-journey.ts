/**
 * What a browser still has to do for a request, seen from the login page: nothing, a confirmation or an offer beside its
 * session, or a whole login. The gate decides again afterwards; this only picks the shortest way there.
 */

import type { FirstFactorRule } from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { JourneyRequest, NextJourney } from '../engine/journey.ts'
import type { Decision } from './decide.ts'
import { type DecisionSources, decideBesideSession } from './requirement.ts'

export interface NextJourneyOptions {
  readonly clock: Clock
  readonly sources: DecisionSources
  /** Whether the login of the session is so fresh that a new login would add nothing. */
  readonly isFirstFresh: (queries: Queries, session: LiveSession) => Promise<boolean>
  /** What the person needs beside the password to enrol a first second factor. */
  readonly findFirstRule: (queries: Queries, userId: Id<'user'>) => Promise<FirstFactorRule>
  /**
   * Whether the session still has the first factor of its login, so that a second one makes it stronger. Not after its user
   * removed the passkey that was the whole login.
   */
  readonly hasFirstFactor: (queries: Queries, session: LiveSession) => Promise<boolean>
}

/** A new phone is enrolled only after a fresh login: without one, an offer is a whole login. */
export function createFindNextJourney(options: NextJourneyOptions) {
  const { clock, sources, isFirstFresh, findFirstRule, hasFirstFactor } = options
  // A code from the service desk is asked for only in a login.
  async function isOfferEnough(session: LiveSession): Promise<boolean> {
    if (!(await isFirstFresh(sources.db, session))) return false
    const rule = await findFirstRule(sources.db, session.userId)
    return rule === 'password' || rule === 'network'
  }
  return async (
    session: LiveSession | undefined,
    request: JourneyRequest,
  ): Promise<NextJourney> => {
    if (session === undefined) return 'login'
    const now = clock.now()
    const decision = await decideBesideSession(sources, { session, request, now })
    // The gate itself refuses a person who may not enter at all.
    if (decision.type === 'enough' || decision.type === 'refused') return 'enter'
    const beside = findBeside(decision)
    if (beside === undefined) return 'login'
    if (beside === 'offer' && !(await isOfferEnough(session))) return 'login'
    return (await hasFirstFactor(sources.db, session)) ? beside : 'login'
  }
}

/**
 * What can be done beside the session. A factor that is too weak for the app is verified in the login that then offers a
 * stronger one. So is a recovery code in place of a factor that is off.
 */
function findBeside({ type, reason }: Decision): 'offer' | 'step_up' | undefined {
  if (type === 'enrol' && reason === 'none_enrolled') return 'offer'
  return type === 'verify' && reason === 'can_be_used' ? 'step_up' : undefined
}
