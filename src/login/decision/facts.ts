/** Gathers what the decision depends on: from a session that exists, or from a journey that is under way. */
import { acrPassword } from '../../identity/policy/assurance.ts'
import { findPresence, type LiveSession } from '../../identity/sessions/session.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Queries } from '../../platform/storage/database.ts'
import { requireUserId, type StepContext } from '../engine/step.ts'
import { mustChangePasswordEntry, provenEntry, recoveredEntry } from '../factors/enrolled.ts'
import type { ChoiceStore } from './choices.ts'
import type { Facts } from './decide.ts'
import { parseDeferralRules } from './deferral.ts'

export interface FactSources {
  readonly choices: Pick<ChoiceStore, 'find'>
  /** The levels that the person's second factors reach. */
  readonly findLevels: (
    queries: Queries,
    userId: Id<'user'>,
  ) => Promise<Pick<Facts, 'highestLevel' | 'usableLevel' | 'isAllLost'>>
  /** The rules under which enrolment was deferred in a session, as stored; undefined: none. */
  readonly findDeferrals: (
    queries: Queries,
    sessionId: Id<'session'>,
  ) => Promise<string | undefined>
}

/** What a session or a journey says by itself; the rest is read. */
type Subject = { readonly userId: Id<'user'> } & Omit<
  Facts,
  'highestLevel' | 'usableLevel' | 'isAllLost' | 'declinedAt' | 'deferralsUsed' | 'lastDeferredAt'
>

async function gatherFacts(
  { choices, findLevels }: FactSources,
  queries: Queries,
  { userId, ...own }: Subject,
): Promise<Facts> {
  const { declinedAt, skipsUsed, lastSkippedAt } = await choices.find(queries, userId)
  const levels = await findLevels(queries, userId)
  const lastDeferredAt = lastSkippedAt ?? null
  return { ...own, ...levels, declinedAt, deferralsUsed: skipsUsed, lastDeferredAt }
}

export async function gatherSessionFacts(
  sources: FactSources,
  queries: Queries,
  session: LiveSession,
  now: number,
): Promise<Facts> {
  return await gatherFacts(sources, queries, {
    userId: session.userId,
    ...readSession(session, now),
    deferredUnder: parseDeferralRules(await sources.findDeferrals(queries, session.id)),
  })
}

/** The facts that a session contains itself, for a decision that depends on nothing else. Reads nothing. */
export function takeSessionFacts(session: LiveSession, now: number): Facts {
  return {
    ...readSession(session, now),
    highestLevel: undefined,
    usableLevel: undefined,
    isAllLost: false,
    declinedAt: null,
    deferralsUsed: 0,
    deferredUnder: [],
  }
}

/** A password that has to be changed ends no session, so it is no fact of one. */
function readSession(session: LiveSession, now: number) {
  const [authenticatedAt, achievedLevel] = [findPresence(session), session.acr]
  return { now, authenticatedAt, achievedLevel, isRecovered: false, mustChangePassword: false }
}

/** Inside a journey only the password and what its data says is proven, and nothing is deferred yet. */
export async function gatherJourneyFacts(
  sources: FactSources,
  queries: Queries,
  context: StepContext,
): Promise<Facts> {
  const { now, data } = context
  return await gatherFacts(sources, queries, {
    userId: requireUserId(context),
    now,
    authenticatedAt: now,
    achievedLevel: provenEntry.read(data) ?? acrPassword,
    isRecovered: recoveredEntry.read(data) === true,
    mustChangePassword: mustChangePasswordEntry.read(data) === true,
    deferredUnder: [],
  })
}
