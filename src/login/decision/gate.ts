/**
 * The gate of the apps: every protocol asks it whether a browser may enter, and none decides by itself. Owns the address
 * of the login page for a browser that may not; the decision itself is made by decide.ts. Does not know any protocol.
 */

import type { App } from '../../identity/apps/apps.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { type Continuations, loginAddress } from '../engine/continuation.ts'
import { type DecisionSources, decideBesideSession } from './requirement.ts'

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

export interface GateOptions {
  readonly clock: Clock
  readonly continuations: Continuations
  readonly sources: DecisionSources
}

export function createGate({ clock, continuations, sources }: GateOptions): Gate {
  const isEnough = async ({ app, ...request }: GateRequest, session: LiveSession) => {
    const decision = await decideBesideSession(sources, {
      session,
      request: { ...request, appId: app.id },
      app,
      now: clock.now(),
    })
    return decision.type === 'enough'
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
