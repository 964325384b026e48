/** The journeys as tables: a whole login, and the confirmation that an app wants beside an existing session. */

import type { Users } from '../../identity/users/users.ts'
import { composeJourney, enter } from '../engine/compose.ts'
import type { Journey, NoteLeft, Precondition } from '../engine/journey.ts'
import type { Step } from '../engine/step.ts'
import { credentialVersionEntry } from '../factors/enrolled.ts'
import { type FactorKind, factorKinds, isFallback } from '../factors/index.ts'
import {
  embedEnrolments,
  embedFallbackEnrolments,
  embedVerifications,
  enterEach,
  enterOffers,
  enterOperatorProof,
  type JourneyFactor,
  passFallbacks,
} from './parts.ts'
import type { NoCodeOptions } from './second-factor/no-code.ts'

export interface ChoiceSteps {
  readonly first: Step<'second-factor/first', FactorKind | 'none' | 'cancelled'>
  readonly other: Step<'second-factor/other', FactorKind | 'cancelled'>
  readonly trouble: Step<'second-factor/trouble', FactorKind | 'other'>
  readonly noCode: NoCodeOptions
}

/** The steps around an enrolment. */
export interface EnrolledSteps {
  readonly enrolled: Step<'second-factor/enrolled', 'noted'>
  readonly done: Step<'second-factor/done', string>
}

export interface OfferSteps extends EnrolledSteps {
  readonly offer: Step<'second-factor/offer', string>
  readonly decline: Step<'second-factor/decline', 'declined' | 'back'>
}

export interface LoginSteps extends ChoiceSteps, OfferSteps {
  readonly password: Step<'password/check', 'passed'>
  readonly expiry: Step<'password/expiry', 'passed'>
  readonly requirement: Step<
    'second-factor/need',
    'enough' | 'confirm' | 'offer' | 'change_password' | 'password'
  >
  readonly recent: Step<'second-factor/recent', 'passed'>
  readonly changePassword: Step<'password/change', 'changed' | 'cancelled' | 'gone'>
  readonly missing: Step<'second-factor/missing', string>
  readonly length: Step<'password/length', 'passed' | 'too_short'>
  readonly longerPassword: Step<'password/longer', 'changed' | 'cancelled' | 'gone'>
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
  own: LoginSteps,
  factors: readonly JourneyFactor[],
  { users, noteLeft }: { readonly users: Pick<Users, 'findLocked'>; readonly noteLeft: NoteLeft },
): Journey {
  const { password, expiry, requirement, changePassword, first, other, trouble, missing } = own
  const { offer, decline, enrolled, done, recent, length, longerPassword } = own
  const verify = enterEach(factors, (one) => one.verify)
  const enrol = enterEach(factors, (one) => one.enrol)
  return composeJourney({
    kind: 'login',
    precondition: createLoginPrecondition(users),
    noteLeft,
    first: 'password/check',
    steps: [
      ...([password, expiry, requirement, changePassword, first, other, trouble] as const),
      ...([missing, offer, decline, enrolled, done, recent, length, longerPassword] as const),
    ],
    transitions: {
      'password/check': { passed: 'password/expiry' },
      'password/expiry': { passed: 'second-factor/need' },
      'second-factor/need': {
        enough: 'second-factor/recent',
        confirm: 'second-factor/first',
        offer: 'second-factor/offer',
        change_password: 'password/change',
        password: 'password/check',
      },
      'password/change': { changed: 'second-factor/need', cancelled: 'leave', gone: 'leave' },
      'second-factor/first': { ...verify, none: 'second-factor/offer', cancelled: 'leave' },
      'second-factor/other': { ...verify, cancelled: 'leave' },
      'second-factor/trouble': { ...verify, other: 'second-factor/other' },
      'second-factor/missing': {
        ...enrol,
        ...pickFallbacks(verify),
        unchanged: passFallbacks(factors, 'second-factor/done'),
        passed: 'second-factor/done',
      },
      'second-factor/offer': {
        ...enterOffers(factors),
        skipped: 'password/length',
        decline: 'second-factor/decline',
        confirm: 'second-factor/first',
        pass: enterOperatorProof(factors),
      },
      'second-factor/recent': { passed: 'password/length' },
      'second-factor/decline': { declined: 'password/length', back: 'second-factor/offer' },
      // Last, because a second factor that was set up in this login makes the password long enough.
      'password/length': { passed: 'finish', too_short: 'password/longer' },
      'password/longer': { changed: 'finish', cancelled: 'leave', gone: 'leave' },
      'second-factor/enrolled': { noted: 'second-factor/done' },
      // What was verified may be less than what is required; then a stronger factor is asked for or offered.
      'second-factor/done': { ...enrol, left: 'second-factor/need', passed: 'second-factor/need' },
    },
    parts: [
      ...embedEnrolments(factors, {
        enrolled: 'second-factor/enrolled',
        back: 'second-factor/missing',
        superseded: 'second-factor/need',
      }),
      ...embedFallbackEnrolments(factors, 'second-factor/done'),
      ...embedVerifications(
        factors,
        {
          after: 'second-factor/missing',
          afterFallback: 'second-factor/missing',
          enrol: ({ enrol }) => (enrol === undefined ? 'leave' : enter(enrol)),
        },
        own.noCode,
      ),
    ],
  })
}

export interface StepUpSteps extends ChoiceSteps {
  readonly begin: Step<'step-up/begin', 'begun'>
}

/** The fallbacks that a person can use after another factor, to remove what is lost. */
const pickFallbacks = (entries: ReturnType<typeof enterEach>) =>
  Object.fromEntries(
    Object.entries(entries).filter(([kind]) =>
      factorKinds.some((one) => one === kind && isFallback(one)),
    ),
  )

/** The steps of a login that ask for a second factor, and what follows a used fallback. */
export function stepUpJourney(
  { begin, first, other, trouble, noCode }: StepUpSteps,
  factors: readonly JourneyFactor[],
): Journey {
  const verify = enterEach(factors, (one) => one.verify)
  return composeJourney({
    kind: 'step_up',
    // Without its session a step-up proves nothing to anybody, so it writes nothing either.
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
      ...embedVerifications(
        factors,
        {
          after: 'finish',
          afterFallback: passFallbacks(factors, 'finish'),
          enrol: () => 'leave',
        },
        noCode,
      ),
    ],
  })
}
