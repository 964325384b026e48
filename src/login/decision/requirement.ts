/** What a request requires of a person: the effective policy of its app, and what the request itself asks for. */

import type { Acr } from '../../identity/policy/assurance.ts'
import { findEffectivePolicy, type PolicySources } from '../../identity/policy/effective.ts'
import type { AppPolicy, Policy } from '../../identity/policy/policy.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import type { JourneyRequest } from '../engine/journey.ts'
import { requireUserId, type StepContext } from '../engine/step.ts'
import { type EnrolledOptions, isAllUnreachable, provenEntry } from '../factors/enrolled.ts'
import {
  type Decision,
  decide,
  type Facts,
  isEnoughByItself,
  isEnrolmentAllowed,
  type Requirement,
} from './decide.ts'
import {
  type FactSources,
  gatherJourneyFacts,
  gatherSessionFacts,
  takeSessionFacts,
} from './facts.ts'

/** The app that a request is for, as far as the decision depends on it. */
export interface EnteredApp {
  readonly name: string
  readonly policy: AppPolicy
}

export interface RequirementSources extends PolicySources {
  readonly findApp: (queries: Queries, appId: string) => Promise<EnteredApp | undefined>
  /** The rule of the person's own pages, and of an app that was removed. */
  readonly defaultPolicy: Policy
}

/** Everything that a decision is made from. */
export interface DecisionSources {
  readonly db: Database
  readonly facts: FactSources
  readonly requirements: RequirementSources
}

export interface AppRequirement extends Requirement {
  /** `undefined`: no app asks, or it was removed. */
  readonly appName: string | undefined
}

/** Who asks for what of whom. */
interface Asking {
  readonly app: EnteredApp | undefined
  readonly request: Pick<JourneyRequest, 'appId' | 'acrValues'>
  readonly userId: Id<'user'>
}

async function findRequirement(
  sources: RequirementSources,
  queries: Queries,
  { app, request, userId }: Asking,
): Promise<AppRequirement> {
  const { appId, acrValues } = request
  const rule = app?.policy ?? sources.defaultPolicy
  return {
    appName: app?.name,
    policy: await findEffectivePolicy(sources, queries, rule, { userId, acrValues }),
    isForOwnPages: appId === undefined,
  }
}

async function findRequestApp(
  { findApp }: RequirementSources,
  queries: Queries,
  { appId }: Pick<JourneyRequest, 'appId'>,
): Promise<EnteredApp | undefined> {
  return appId === undefined ? undefined : await findApp(queries, appId)
}

/** What a journey requires. Its person authenticates just now, so the age of a login does not matter. */
export async function findJourneyRequirement(
  { requirements }: Pick<DecisionSources, 'requirements'>,
  queries: Queries,
  context: Pick<StepContext, 'request' | 'userId'>,
): Promise<AppRequirement> {
  const { request } = context
  const app = await findRequestApp(requirements, queries, request)
  const userId = requireUserId(context)
  const requirement = await findRequirement(requirements, queries, { app, request, userId })
  return { ...requirement, isConfirmation: request.confirms !== undefined }
}

/** A decision together with what it was made from. */
export interface Decided {
  readonly requirement: AppRequirement
  readonly facts: Facts
  readonly decision: Decision
}

/**
 * The decision for a step of a journey.
 * @example
 * const { decision } = await decideInJourney(sources, queries, context)
 * if (decision.type === 'verify') return { type: 'done', outcome: 'confirm' }
 */
export async function decideInJourney(
  sources: DecisionSources,
  queries: Queries,
  context: StepContext,
): Promise<Decided> {
  const requirement = await findJourneyRequirement(sources, queries, context)
  const facts = await gatherJourneyFacts(sources.facts, queries, context)
  return { requirement, facts, decision: decide(requirement, facts) }
}

/** The level that this journey has to achieve. */
export async function findJourneyLevel(
  sources: DecisionSources,
  context: StepContext,
): Promise<Acr> {
  const { decision } = await decideInJourney(sources, sources.db, context)
  return decision.requiredLevel
}

/** A request of a browser that has a session. */
export interface SessionRequest {
  readonly session: LiveSession
  readonly request: Pick<JourneyRequest, 'appId' | 'acrValues' | 'authenticatedSince'>
  /** The app of the request, where it was read before. */
  readonly app?: EnteredApp
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * The decision for a request beside a session.
 * @example
 * const decision = await decideBesideSession(sources, { session, request: { appId: 'mail' }, now: clock.now() })
 * const mayEnter = decision.type === 'enough'
 */
export async function decideBesideSession(
  { db, facts, requirements }: DecisionSources,
  { session, request, app, now }: SessionRequest,
): Promise<Decision> {
  const { authenticatedSince } = request
  const requirement = await findRequirement(requirements, db, {
    app: app ?? (await findRequestApp(requirements, db, request)),
    request,
    userId: session.userId,
  })
  // An app whose rule the session satisfies is the usual case, and every request of an app asks.
  const isByItself = isEnoughByItself(requirement.policy, session.acr)
  return decide(
    { ...requirement, ...(authenticatedSince !== undefined && { authenticatedSince }) },
    isByItself ? takeSessionFacts(session, now) : await gatherSessionFacts(facts, db, session, now),
  )
}

/** Whether a second factor of this level may be enrolled in this journey now and would be enough. */
export async function mayEnrol(
  sources: DecisionSources,
  queries: Queries,
  context: StepContext,
  level: Acr,
): Promise<boolean> {
  const { decision } = await decideInJourney(sources, queries, context)
  return isEnrolmentAllowed(decision, level)
}

/**
 * Whether a new authenticator may be enrolled in place of one that cannot be asked any more: after another second factor
 * was verified, or, where the configuration says so, by a person who has nothing else at all.
 * @param withPassword what the configuration says
 */
export async function mayEnrolAnew(
  options: EnrolledOptions,
  queries: Queries,
  context: StepContext,
  withPassword: boolean,
): Promise<boolean> {
  if (provenEntry.read(context.data) !== undefined) return true
  return withPassword && (await isAllUnreachable(options, queries, requireUserId(context)))
}
