/** The journeys as tables: a whole login, and the confirmation that an app wants beside a session that exists. */

import type { Users } from '../../identity/users/users.ts'
import { composeJourney, enter } from '../engine/compose.ts'
import type { Journey, Precondition } from '../engine/journey.ts'
import type { Step } from '../engine/step.ts'
import { credentialVersionEntry } from '../factors/enrolled.ts'
import type { FactorKind } from '../factors/index.ts'
import {
  embedEnrolments,
  embedFallbackEnrolments,
  embedVerifications,
  enterEach,
  enterOffers,
  type JourneyFactor,
} from './parts.ts'

export interface ChoiceSteps {
  readonly first: Step<'second-factor/first', FactorKind | 'none' | 'cancelled'>
  readonly other: Step<'second-factor/other', FactorKind | 'cancelled'>
  readonly trouble: Step<'second-factor/trouble', FactorKind | 'other'>
}

export interface OfferSteps {
  readonly offer: Step<'second-factor/offer', string>
  readonly decline: Step<'second-factor/decline', 'declined' | 'back'>
}

export interface LoginSteps extends ChoiceSteps, OfferSteps {
  readonly password: Step<'password/check', 'passed'>
  readonly requirement: Step<
    'second-factor/need',
    'enough' | 'confirm' | 'offer' | 'change_password'
  >
  readonly changePassword: Step<'password/change', 'changed' | 'cancelled'>
}

/**
 * A login goes on while its user is not disabled and has the credentials that it began with. A change of credentials ends
 * unfinished logins; this login may have begun at the same moment.
 */
function createLoginPrecondition(users: Pick<Users, 'findLocked'>): Precondition {
  return async (queries, { userId, data }) => {
    const user = userId && (await users.findLocked(queries, userId))
    if (user === undefined || user.disabledAt !== null) return false
    return user.credentialVersion === credentialVersionEntry.read(data)
  }
}

export function loginJourney(
  { password, requirement, changePassword, first, other, trouble, offer, decline }: LoginSteps,
  factors: readonly JourneyFactor[],
  users: Pick<Users, 'findLocked'>,
): Journey {
  const verify = enterEach(factors, (one) => one.verify)
  return composeJourney({
    kind: 'login',
    precondition: createLoginPrecondition(users),
    first: 'password/check',
    steps: [password, requirement, changePassword, first, other, trouble, offer, decline],
    transitions: {
      'password/check': { passed: 'second-factor/need' },
      'second-factor/need': {
        enough: 'finish',
        confirm: 'second-factor/first',
        offer: 'second-factor/offer',
        change_password: 'password/change',
      },
      'password/change': { changed: 'second-factor/need', cancelled: 'leave' },
      'second-factor/first': { ...verify, none: 'second-factor/offer', cancelled: 'leave' },
      'second-factor/other': { ...verify, cancelled: 'leave' },
      'second-factor/trouble': { ...verify, other: 'second-factor/other' },
      'second-factor/offer': {
        ...enterOffers(factors),
        skipped: 'finish',
        decline: 'second-factor/decline',
        confirm: 'second-factor/first',
      },
      'second-factor/decline': { declined: 'finish', back: 'second-factor/offer' },
    },
    // What was verified may be less than what is wanted; then a stronger factor is asked for or offered.
    parts: [
      ...embedEnrolments(factors, {
        after: 'second-factor/need',
        back: 'second-factor/offer',
        superseded: 'second-factor/need',
      }),
      ...embedFallbackEnrolments(factors, 'second-factor/need'),
      ...embedVerifications(factors, {
        after: 'second-factor/need',
        enrol: ({ enrol }) => enter(enrol),
      }),
    ],
  })
}

export interface StepUpSteps extends ChoiceSteps {
  readonly begin: Step<'step-up/begin', 'begun'>
}

/** The steps of a login that ask for a second factor, and what follows a used fallback. */
export function stepUpJourney(
  { begin, first, other, trouble }: StepUpSteps,
  factors: readonly JourneyFactor[],
): Journey {
  const verify = enterEach(factors, (one) => one.verify)
  return composeJourney({
    kind: 'step_up',
    // Without its session it proves nothing to anybody, so it writes nothing either.
    sessionPrecondition: async () => true,
    first: 'step-up/begin',
    steps: [begin, first, other, trouble],
    transitions: {
      'step-up/begin': { begun: 'second-factor/first' },
      'second-factor/first': { ...verify, none: 'leave', cancelled: 'leave' },
      'second-factor/other': { ...verify, cancelled: 'leave' },
      'second-factor/trouble': { ...verify, other: 'second-factor/other' },
    },
    parts: [
      ...embedFallbackEnrolments(factors, 'finish'),
      ...embedVerifications(factors, { after: 'finish', enrol: () => 'leave' }),
    ],
  })
}
