/**
 * The offer of a second factor beside a session whose login is fresh: what was put off at one app, and another app asks
 * for. The password is not asked again, as the login that would follow begins with the same one.
 */
import { defineJourney, type Journey, type SessionPrecondition } from '../engine/journey.ts'
import type { LoginSteps } from './login.ts'

export type OfferSteps = Pick<
  LoginSteps,
  | 'offer'
  | 'decline'
  | 'getApp'
  | 'register'
  | 'registerCode'
  | 'registerPasskey'
  | 'test'
  | 'createCodes'
>

/** @param guard whether what the session's login began with still counts */
export function offerJourney(steps: OfferSteps, sessionPrecondition: SessionPrecondition): Journey {
  return defineJourney({
    kind: 'offer',
    first: 'second-factor/offer',
    sessionPrecondition,
    steps: Object.values(steps) as OfferSteps[keyof OfferSteps][],
    // Whoever has got a second factor meanwhile leaves: it is asked beside the session.
    transitions: {
      'second-factor/offer': {
        register: 'push/register',
        get_app: 'second-factor/get-app',
        totp: 'totp/register',
        passkey: 'passkey/register',
        skipped: 'finish',
        decline: 'second-factor/decline',
        confirm: 'leave',
      },
      'second-factor/decline': { declined: 'finish', back: 'second-factor/offer' },
      'second-factor/get-app': { register: 'push/register', back: 'second-factor/offer' },
      'push/register': {
        registered: 'push/test',
        back: 'second-factor/offer',
        overtaken: 'leave',
      },
      'totp/register': { registered: 'recovery/create', back: 'second-factor/offer' },
      'passkey/register': { registered: 'recovery/create', back: 'second-factor/offer' },
      'push/test': { confirmed: 'recovery/create', back: 'push/register', overtaken: 'leave' },
      'recovery/create': { created: 'finish', passed: 'finish' },
    },
  })
}
