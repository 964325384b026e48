/**
 * What a pass would do for the login that a caller speaks of, before one is issued. Owns the sentences for the operator, in
 * English. Reads the login, its app and what the person has; changes nothing.
 */
import { type Acr, acrPossession, findHighestLevel } from '../../identity/policy/assurance.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { JourneyRequest } from '../engine/journey.ts'
import type { LoginReferences } from '../engine/references.ts'
import type { JourneyStore, StoredJourney } from '../engine/store.ts'
import type { AllAuthenticators } from '../factors/authenticators.ts'
import type { Authenticator } from '../factors/factor.ts'
import { isFallback } from '../factors/index.ts'
import { hasLostFactors } from '../factors/lost-factors.ts'
import { troubleReasonEntry } from '../factors/trouble.ts'
import { findRequiredLevel } from './decide.ts'
import { type FallbackUse, judgeFallback } from './fallback-use.ts'
import { findJourneyRequirement, type RequirementSources } from './requirement.ts'

export interface PassUseSources {
  readonly db: Database
  readonly references: Pick<LoginReferences, 'find'>
  readonly journeys: Pick<JourneyStore, 'find'>
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  readonly requirements: RequirementSources
}

export interface PassUse {
  readonly use: FallbackUse
  /** `undefined`: the login is for the person's own pages. */
  readonly app: string | undefined
  readonly requiredLevel: Acr
}

/** @param typed the reference of the login. `undefined`: it is not known any more */
export async function findPassUse(
  sources: PassUseSources,
  typed: string,
): Promise<PassUse | undefined> {
  const { db, references, journeys } = sources
  const login = await references.find(db, typed)
  const journey = login && (await journeys.find(db, login.journeyHash))
  if (login === undefined || journey === undefined) return undefined
  const { userId } = login
  const { request, data } = journey.state
  const { appName: app, policy } = await findJourneyRequirement(sources, db, { request, userId })
  const levels = await findLevels(sources, userId)
  const requiredLevel = findRequiredLevel(policy, levels.highestLevel)
  const reason = troubleReasonEntry.read(data)
  const use = judgeFallback({ level: acrPossession, requiredLevel, reason, ...levels })
  return { use: limitUse(use, journey, request), app, requiredLevel }
}

/** A step-up enrols nothing, and a login that confirms a change asks for no more than a fallback. */
function limitUse(
  use: FallbackUse,
  { kind }: Pick<StoredJourney, 'kind'>,
  { confirms }: Pick<JourneyRequest, 'confirms'>,
): FallbackUse {
  if (confirms !== undefined) return 'enters'
  return use === 'enrols' && kind !== 'login' ? 'nothing' : use
}

async function findLevels({ db, authenticators }: PassUseSources, userId: Id<'user'>) {
  const own = (await authenticators.list(db, userId)).filter(({ kind }) => !isFallback(kind))
  if (own.length === 0) {
    const highestLevel = (await hasLostFactors(db, userId)) ? acrPossession : undefined
    return { highestLevel, askableLevel: undefined }
  }
  return summarizeLevels(own)
}

/** As `computeLevels` of factors/enrolled.ts, from the authenticators that a list shows. */
export function summarizeLevels(own: readonly Authenticator[]): {
  readonly highestLevel: Acr
  readonly askableLevel: Acr | undefined
} {
  const levelOf = (states: readonly Authenticator['state'][]) =>
    findHighestLevel(own.filter(({ state }) => states.includes(state)).map(({ level }) => level))
  const highestLevel = levelOf(['usable', 'off']) ?? levelOf(['cannot_be_reached']) ?? acrPossession
  return { highestLevel, askableLevel: levelOf(['usable']) }
}

/** The end of the name of a level: `number`. */
export const nameLevel = (level: Acr): string => level.slice(level.lastIndexOf(':') + 1)

/** `undefined`: a pass lets the person in, so there is nothing to say. */
export function explainPassUse({ use, app, requiredLevel }: PassUse): string | undefined {
  if (use === 'enters') return undefined
  const rule = `${app ?? 'The own account'} requires the level ${nameLevel(requiredLevel)}, and a pass is worth only possession.`
  return use === 'enrols'
    ? `${rule} So the caller enrols a new phone or key with it, in the same login, and that lets them in.`
    : `Warning: ${rule} What the user has can still be asked, so the login does not offer the pass, and it would let nobody in.
What helps: the phone or key that is set up. If it is lost or was replaced, the caller says so on the page ("Lost or stolen", "A new phone"): then a pass is enough to enrol another one.`
}
