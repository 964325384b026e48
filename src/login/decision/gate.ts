/**
 * The gate of the apps: every protocol asks it whether a person may enter, and none decides by itself. Owns the address of
 * the login page for a browser that may not enter yet. decide.ts makes the decision itself. Knows no protocol.
 *
 *   const decision = await gate.decide({ app, session, returnTo: '/sso/echo/1' })
 *   if (decision.type === 'login') return redirect(response, decision.location)
 *   if (decision.type === 'refused') return sendPage(response, pages.renderNotAllowed(request, { app, ...decision }))
 *
 * Callers without a browser (a refreshed token, a request to a site that asks each time) use `check` instead.
 */

import type { App } from '../../identity/apps/apps.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import { type Continuations, loginAddress, longestHint } from '../engine/continuation.ts'
import type { EntryRefusals } from './refusals.ts'
import { type DecisionSources, decideBesideSession } from './requirement.ts'

/** Who wants to enter which app, and what is asked of them there. */
export interface EntryRequest {
  readonly app: App
  /** The session that the request's cookie or token names, if it is alive. */
  readonly session: LiveSession | undefined
  /** The person must have authenticated at or after this time (ms); for `prompt=login` and `max_age`. */
  readonly authenticatedSince?: number
  /** Acceptable assurance levels, for OIDC `acr_values`; absent: any that the policy allows. */
  readonly acrValues?: readonly string[]
}

export interface GateRequest extends EntryRequest {
  /** A path on this server, where the protocol goes on after the login, for example `/sso/oidc/<uid>`. */
  readonly returnTo: string
  /** A path on this server, where the protocol tells the app that the person does not want to go on. */
  readonly cancelTo?: string
  /** The name that the app expects, for OIDC `login_hint`. One that is too long is ignored. */
  readonly loginHint?: string
  /** Where an app that registered itself takes the answer: the login page shows it. */
  readonly place?: string
}

/** `login`: the session does not prove enough, or nobody is logged in. `refused`: the person may not enter this app. */
export type EntryDecision = 'enter' | 'login' | 'refused'

export type GateDecision =
  | { readonly type: 'enter'; readonly session: LiveSession }
  /** Redirect there with 303; the login ends at `returnTo`. */
  | { readonly type: 'login'; readonly location: string }
  /** Another proof would not help; another account may: its login begins at `location` and ends at `returnTo`. */
  | {
      readonly type: 'refused'
      readonly reason: 'not_allowed'
      readonly session: LiveSession
      readonly location: string
    }

export interface Gate {
  /** For a browser. A refusal is audited, because a page shows it to the person. */
  decide(request: GateRequest): Promise<GateDecision>
  /** The same decision where nobody can be sent to a page, for example when a token is refreshed. */
  check(request: EntryRequest): Promise<EntryDecision>
}

export interface GateOptions {
  readonly clock: Clock
  readonly continuations: Continuations
  readonly sources: DecisionSources
  readonly refusals: Pick<EntryRefusals, 'note'>
}

/** For a login as another person, whose name is not known. */
export function asAnother(now: number): Pick<GateRequest, 'authenticatedSince' | 'loginHint'> {
  return { authenticatedSince: now, loginHint: '' }
}

export function createGate({ clock, continuations, sources, refusals }: GateOptions): Gate {
  const findLogin = (request: GateRequest) => {
    const { app, returnTo, cancelTo, authenticatedSince, acrValues, loginHint, place } = request
    const signed = continuations.sign({
      appId: app.id,
      returnTo,
      ...(cancelTo !== undefined && { cancelTo }),
      ...(authenticatedSince !== undefined && { authenticatedSince }),
      ...(acrValues !== undefined && { acrValues }),
      ...(loginHint !== undefined && loginHint.length <= longestHint && { loginHint }),
      ...(place !== undefined && { place }),
      ...(app.keepsOpener === true && { keepsOpener: true as const }),
    })
    return loginAddress(signed)
  }

  async function check({ app, session, ...request }: EntryRequest): Promise<EntryDecision> {
    if (session === undefined) return 'login'
    const asked = { session, request: { ...request, appId: app.id }, app, now: clock.now() }
    const { type } = await decideBesideSession(sources, asked)
    if (type === 'refused') return 'refused'
    return type === 'enough' ? 'enter' : 'login'
  }

  return {
    check,
    async decide(request) {
      const { app, session } = request
      const entry = await check(request)
      if (session === undefined || entry === 'login') {
        return { type: 'login', location: findLogin(request) }
      }
      if (entry === 'enter') return { type: 'enter', session }
      await refusals.note(sources.db, { userId: session.userId, appId: app.id })
      const location = findLogin({ ...request, ...asAnother(clock.now()) })
      return { type: 'refused', reason: 'not_allowed', session, location }
    },
  }
}
