/**
 * The one place that decides whether a browser may enter an app. Every protocol asks it and none decides by itself.
 * Owns the decision and the way to the login page; does not know any protocol.
 */

import type { App } from '../../identity/apps/apps.ts'
import { personalPolicy, type Rules } from '../../identity/policy/personal.ts'
import {
  type SecondFactorFacts as PolicyFacts,
  secondFactorNeed,
} from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { type Continuations, loginAddress } from '../engine/continuation.ts'

export interface GateRequest {
  readonly app: App
  /** The session that the request's cookie names, if it is alive. */
  readonly session: LiveSession | undefined
  /** A path on this server, where the protocol goes on after the login, for example `/sso/oidc/<uid>`. */
  readonly returnTo: string
  /** A path on this server, where the protocol tells the app that the person does not want to go on. */
  readonly cancelTo?: string
  /** The person must have authenticated at or after this time (ms); for `prompt=login` and `max_age`. */
  readonly authenticatedSince?: number
  /** Acceptable assurance levels, for OIDC `acr_values`; absent: any that the policy allows. */
  readonly acrValues?: readonly string[]
}

export type GateDecision =
  | { readonly type: 'enter'; readonly session: LiveSession }
  /** Redirect there with 303; the login ends at `returnTo`. */
  | { readonly type: 'login'; readonly location: string }

export interface Gate {
  decide(request: GateRequest): Promise<GateDecision>
}

/** What is known of a person and of what they put off; the gate adds what the session proves. */
export type SecondFactorFacts = Omit<PolicyFacts, 'acr' | 'now'>

export function createGate(options: {
  db: Queries
  clock: Clock
  continuations: Continuations
  factsOf: (queries: Queries, session: LiveSession) => Promise<SecondFactorFacts>
  rules: Rules
}): Gate {
  const { db, clock, continuations, factsOf, rules } = options

  const isEnough = async (request: GateRequest, session: LiveSession) => {
    const since = request.authenticatedSince
    if (since !== undefined && session.authenticatedAt < since) return false
    const facts = await factsOf(db, session)
    const { app, acrValues } = request
    const policy = await personalPolicy(rules, db, app.policy, session.userId, acrValues)
    return secondFactorNeed(policy, { ...facts, acr: session.acr, now: clock.now() }) === 'enough'
  }

  return {
    async decide(request) {
      const { app, session, returnTo, cancelTo, authenticatedSince, acrValues } = request
      if (session && (await isEnough(request, session))) return { type: 'enter', session }
      const signed = continuations.sign({
        appId: app.id,
        returnTo,
        ...(cancelTo !== undefined && { cancelTo }),
        ...(authenticatedSince !== undefined && { authenticatedSince }),
        ...(acrValues !== undefined && { acrValues }),
      })
      return { type: 'login', location: loginAddress(signed) }
    },
  }
}
