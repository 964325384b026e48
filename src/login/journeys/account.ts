/**
 * The journeys that begin on a person's own pages: adding an authenticator, and trying a phone. They belong to the
 * session that began them and prove nothing for it.
 */
import { composeJourney, embed } from '../engine/compose.ts'
import type { Journey, JourneyRequest, SessionPrecondition } from '../engine/journey.ts'
import type { Step } from '../engine/step.ts'
import type { FactorKind } from '../factors/index.ts'
import { enterEach, type JourneyFactor } from './parts.ts'

/** @param sessionPrecondition whether the session may add something; asked again in the transaction that adds it */
export function enrolJourney(
  begin: Step<'enrol/begin', FactorKind | 'cancelled'>,
  factors: readonly JourneyFactor[],
  sessionPrecondition: SessionPrecondition,
): Journey {
  return composeJourney({
    kind: 'enrol',
    first: 'enrol/begin',
    sessionPrecondition,
    steps: [begin],
    transitions: {
      'enrol/begin': { ...enterEach(factors, (one) => one.enrol), cancelled: 'leave' },
    },
    parts: factors.flatMap(({ enrol }) =>
      enrol === undefined
        ? []
        : [embed(enrol, { enrolled: 'finish', back: 'leave', superseded: 'leave' })],
    ),
  })
}

/** @param sessionPrecondition whether the session may send messages to a phone; asked again in the transaction that adds one */
export function trialJourney(
  factors: readonly JourneyFactor[],
  sessionPrecondition: SessionPrecondition,
): Journey {
  return composeJourney({
    kind: 'trial',
    first({ authenticator }) {
      const factor = factors.find(({ kind }) => kind === authenticator?.kind)
      if (factor?.trial === undefined) throw new Error('a trial of what cannot be tested')
      return factor.trial.first
    },
    sessionPrecondition,
    steps: [],
    transitions: {},
    parts: factors.flatMap(({ trial }) =>
      trial === undefined ? [] : embed(trial, { left: 'leave' }),
    ),
  })
}

/** Where a person goes on after adding something. */
export const addedPath = '/account/authenticators?done=added'

/**
 * Where a journey about an authenticator began: for the trial of one, the page with its button.
 * @throws Error for a journey that is about no authenticator
 */
export function findBeginning({ returnTo, authenticator }: JourneyRequest): string {
  if (authenticator === undefined) throw new Error('a journey about no authenticator')
  if (authenticator.id !== undefined) return returnTo
  const { replaces } = authenticator
  return replaces === undefined ? '/account/authenticators' : `/account/authenticators/${replaces}`
}
