/**
 * The journeys that begin on a person's own pages: adding an authenticator, and trying a phone. They belong to the
 * session that began them and prove nothing for it.
 */
import {
  defineJourney,
  type Journey,
  type JourneyRequest,
  type SessionPrecondition,
} from '../engine/journey.ts'
import type { Step } from '../engine/step.ts'
import type { LoginSteps } from './login.ts'

export interface EnrolSteps
  extends Pick<
    LoginSteps,
    'register' | 'test' | 'registerCode' | 'registerPasskey' | 'createCodes'
  > {
  readonly begin: Step<'enrol/begin', 'push' | 'totp' | 'passkey' | 'recovery' | 'cancelled'>
}

/** @param guard whether the session may add something; asked again in the transaction that adds it */
export function enrolJourney(steps: EnrolSteps, sessionPrecondition: SessionPrecondition): Journey {
  return defineJourney({
    kind: 'enrol',
    first: 'enrol/begin',
    sessionPrecondition,
    steps: Object.values(steps) as EnrolSteps[keyof EnrolSteps][],
    transitions: {
      'enrol/begin': {
        push: 'push/register',
        totp: 'totp/register',
        passkey: 'passkey/register',
        recovery: 'recovery/create',
        cancelled: 'leave',
      },
      'recovery/create': { created: 'finish', passed: 'leave' },
      'push/register': { registered: 'push/test', back: 'leave', overtaken: 'leave' },
      'push/test': { confirmed: 'finish', back: 'push/register', overtaken: 'leave' },
      'totp/register': { registered: 'finish', back: 'leave' },
      'passkey/register': { registered: 'finish', back: 'leave' },
    },
  })
}

/** @param guard whether the session may send messages to a phone; asked again in the transaction that adds one */
export function trialJourney(
  trial: Step<'push/trial', 'left'>,
  sessionPrecondition: SessionPrecondition,
): Journey {
  return defineJourney({
    kind: 'trial',
    first: 'push/trial',
    sessionPrecondition,
    steps: [trial],
    transitions: { 'push/trial': { left: 'leave' } },
  })
}

/** Where a person goes on who has added something. */
export const addedPath = '/account/authenticators?done=added'

/** Where a journey about an authenticator began. */
export function authenticatorPath({
  id,
  replaces,
}: NonNullable<JourneyRequest['authenticator']>): string {
  const one = id ?? replaces
  return one === undefined ? '/account/authenticators' : `/account/authenticators/${one}`
}
