/**
 * What a browser still has to do for a request, seen from the login page: nothing, a confirmation or an offer beside its
 * session, or a whole login. The gate decides again afterwards; this only picks the shortest way there.
 */

import type { Apps } from '../../identity/apps/apps.ts'
import { isAtLeast } from '../../identity/policy/assurance.ts'
import { personalPolicy, type Rules } from '../../identity/policy/personal.ts'
import { levelOf, type Policy, secondFactorNeed } from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import type { JourneyRequest, NextJourney } from '../engine/journey.ts'
import type { SecondFactorFacts } from './gate.ts'

export interface NextJourneyOptions {
  readonly db: Database
  readonly clock: Clock
  readonly apps: Pick<Apps, 'find'>
  /** The rule of the person's own pages, and of an app that is gone. */
  readonly defaultPolicy: Policy
  readonly factsOf: (queries: Queries, session: LiveSession) => Promise<SecondFactorFacts>
  readonly rules: Rules
  /** Whether the session is from a login that would do again. */
  readonly isFirstFresh: (queries: Queries, session: LiveSession) => Promise<boolean>
}

/** A new phone is registered only after a fresh login: without one, an offer is a whole login. */
export function createFindNextJourney(options: NextJourneyOptions) {
  const { db, clock, apps, defaultPolicy, factsOf, rules, isFirstFresh } = options
  return async (
    session: LiveSession | undefined,
    request: JourneyRequest,
  ): Promise<NextJourney> => {
    if (session === undefined) return 'login'
    const { appId, authenticatedSince } = request
    if (authenticatedSince !== undefined && session.authenticatedAt < authenticatedSince) {
      return 'login'
    }
    const app = appId === undefined ? undefined : await apps.find(db, appId)
    const rule = app?.policy ?? defaultPolicy
    const policy = await personalPolicy(rules, db, rule, session.userId, request.acrValues, {
      isOwnPages: appId === undefined,
    })
    const facts = await factsOf(db, session)
    const need = secondFactorNeed(policy, { ...facts, acr: session.acr, now: clock.now() })
    if (need === 'enough') return 'enter'
    if (need === 'offer' && facts.reach === undefined && (await isFirstFresh(db, session))) {
      return 'offer'
    }
    // A factor too weak for the app is shown in the login that then offers a stronger one. So is a recovery code, in the
    // place of one that is off.
    const { reach, usable } = facts
    const isReached = usable !== undefined && isAtLeast(usable, levelOf(policy, reach))
    return need === 'confirm' && isReached ? 'step_up' : 'login'
  }
}
