/**
 * The one place that decides whether a browser may enter an app. Every protocol asks it and none decides by itself.
 * Owns the decision and the way to the login page; does not know any protocol.
 */
import type { LiveSession } from '../sessions/session.ts'
import type { App } from './apps.ts'

export interface GateRequest {
  readonly app: App
  /** The session that the request's cookie names, if it is alive. */
  readonly session: LiveSession | undefined
  /** A path on this server, where the protocol goes on after the login, for example `/oidc/interaction/<uid>`. */
  readonly returnTo: string
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
