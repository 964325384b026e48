/** The journeys as tables: a whole login, and the confirmation that an app wants beside a session that exists. */

import type { Users } from '../../identity/users/users.ts'
import { defineJourney, type Journey, type Precondition } from '../engine/journey.ts'
import type { Step } from '../engine/step.ts'
import { credentialVersionEntry } from '../factors/factor.ts'

export interface LoginSteps {
  readonly password: Step<'password/check', 'passed'>
  readonly need: Step<'second-factor/need', 'enough' | 'confirm' | 'offer' | 'change_password'>
  readonly changePassword: Step<'password/change', 'changed' | 'cancelled'>
  readonly offer: Step<
    'second-factor/offer',
    'register' | 'get_app' | 'totp' | 'passkey' | 'skipped' | 'decline' | 'confirm'
  >
  readonly decline: Step<'second-factor/decline', 'declined' | 'back'>
  readonly getApp: Step<'second-factor/get-app', 'register' | 'back'>
  readonly register: Step<'push/register', 'registered' | 'back' | 'overtaken'>
  readonly registerCode: Step<'totp/register', 'registered' | 'back'>
  readonly registerPasskey: Step<'passkey/register', 'registered' | 'back'>
  readonly test: Step<'push/test', 'confirmed' | 'back' | 'overtaken'>
  readonly createCodes: Step<'recovery/create', 'created' | 'passed'>
  readonly first: Step<
    'second-factor/first',
    'push' | 'totp' | 'passkey' | 'recovery' | 'none' | 'cancelled'
  >
  readonly other: Step<
    'second-factor/other',
    'push' | 'totp' | 'passkey' | 'recovery' | 'cancelled'
  >
  readonly confirm: Step<'push/confirm', 'confirmed' | 'cancelled' | 'other' | 'register'>
  readonly confirmCode: Step<'totp/confirm', 'confirmed' | 'cancelled' | 'other'>
  readonly confirmPasskey: Step<'passkey/confirm', 'confirmed' | 'cancelled' | 'other'>
  readonly recover: Step<'recovery/confirm', 'confirmed' | 'cancelled' | 'other'>
}

/**
 * A login goes on as long as its person is not disabled and has the credentials that it began with. Whoever changes them
 * ends the logins under way; this one may have come to be just then.
 */
function createLoginPrecondition(users: Pick<Users, 'findLocked'>): Precondition {
  return async (queries, { userId, data }) => {
    const user = userId && (await users.findLocked(queries, userId))
    if (user === undefined || user.disabledAt !== null) return false
    return user.credentialVersion === credentialVersionEntry.read(data)
  }
}

export function loginJourney(steps: LoginSteps, users: Pick<Users, 'findLocked'>): Journey {
  return defineJourney({
    kind: 'login',
    precondition: createLoginPrecondition(users),
    first: 'password/check',
    steps: Object.values(steps) as LoginSteps[keyof LoginSteps][],
    transitions: {
      'password/check': { passed: 'second-factor/need' },
      'second-factor/need': {
        enough: 'finish',
        confirm: 'second-factor/first',
        offer: 'second-factor/offer',
        change_password: 'password/change',
      },
      'password/change': { changed: 'second-factor/need', cancelled: 'leave' },
      'second-factor/first': {
        push: 'push/confirm',
        totp: 'totp/confirm',
        passkey: 'passkey/confirm',
        recovery: 'recovery/confirm',
        none: 'second-factor/offer',
        cancelled: 'leave',
      },
      'second-factor/other': {
        push: 'push/confirm',
        totp: 'totp/confirm',
        passkey: 'passkey/confirm',
        recovery: 'recovery/confirm',
        cancelled: 'leave',
      },
      'second-factor/offer': {
        register: 'push/register',
        get_app: 'second-factor/get-app',
        totp: 'totp/register',
        passkey: 'passkey/register',
        skipped: 'finish',
        decline: 'second-factor/decline',
        confirm: 'second-factor/first',
      },
      'second-factor/decline': { declined: 'finish', back: 'second-factor/offer' },
      'second-factor/get-app': { register: 'push/register', back: 'second-factor/offer' },
      'push/register': {
        registered: 'push/test',
        back: 'second-factor/offer',
        overtaken: 'second-factor/need',
      },
      'totp/register': { registered: 'recovery/create', back: 'second-factor/offer' },
      'passkey/register': { registered: 'recovery/create', back: 'second-factor/offer' },
      'push/test': {
        confirmed: 'recovery/create',
        back: 'push/register',
        overtaken: 'second-factor/need',
      },
      'recovery/create': { created: 'second-factor/need', passed: 'second-factor/need' },
      // What was proven may be less than what is wanted; then a stronger factor is asked for or offered.
      'push/confirm': {
        confirmed: 'second-factor/need',
        cancelled: 'leave',
        other: 'second-factor/other',
        register: 'push/register',
      },
      'totp/confirm': {
        confirmed: 'second-factor/need',
        cancelled: 'leave',
        other: 'second-factor/other',
      },
      'passkey/confirm': {
        confirmed: 'second-factor/need',
        cancelled: 'leave',
        other: 'second-factor/other',
      },
      'recovery/confirm': {
        confirmed: 'recovery/create',
        cancelled: 'leave',
        other: 'second-factor/other',
      },
    },
  })
}

/** The steps of a login that ask for a second factor, and what follows a used recovery code. */
export interface StepUpSteps
  extends Pick<
    LoginSteps,
    'first' | 'other' | 'confirm' | 'confirmCode' | 'confirmPasskey' | 'recover' | 'createCodes'
  > {
  readonly begin: Step<'step-up/begin', 'begun'>
}

export function stepUpJourney(steps: StepUpSteps): Journey {
  return defineJourney({
    kind: 'step_up',
    // Without its session it proves nothing to anybody, so it writes nothing either.
    sessionPrecondition: async () => true,
    first: 'step-up/begin',
    steps: Object.values(steps) as StepUpSteps[keyof StepUpSteps][],
    transitions: {
      'step-up/begin': { begun: 'second-factor/first' },
      'second-factor/first': {
        push: 'push/confirm',
        totp: 'totp/confirm',
        passkey: 'passkey/confirm',
        recovery: 'recovery/confirm',
        none: 'leave',
        cancelled: 'leave',
      },
      'second-factor/other': {
        push: 'push/confirm',
        totp: 'totp/confirm',
        passkey: 'passkey/confirm',
        recovery: 'recovery/confirm',
        cancelled: 'leave',
      },
      'push/confirm': {
        confirmed: 'finish',
        cancelled: 'leave',
        other: 'second-factor/other',
        register: 'leave',
      },
      'totp/confirm': { confirmed: 'finish', cancelled: 'leave', other: 'second-factor/other' },
      'passkey/confirm': { confirmed: 'finish', cancelled: 'leave', other: 'second-factor/other' },
      'recovery/confirm': {
        confirmed: 'recovery/create',
        cancelled: 'leave',
        other: 'second-factor/other',
      },
      'recovery/create': { created: 'finish', passed: 'finish' },
    },
  })
}
