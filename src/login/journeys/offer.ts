/**
 * The offer of a second factor beside a session whose login is fresh: it was deferred at one app, and another app asks for
 * it. The password is not asked for the page, because a new login would begin with the same one. It is asked before anything is
 * enrolled, because the cookie of the session may be a copy.
 */
import { composeJourney } from '../engine/compose.ts'
import type { Journey, SessionPrecondition } from '../engine/journey.ts'
import type { ProofSteps } from './account.ts'
import { chooseAct, toBinding } from './binding-step.ts'
import type { OfferSteps } from './login.ts'
import {
  embedEnrolments,
  embedFallbackEnrolments,
  enterEach,
  enterOffers,
  type JourneyFactor,
} from './parts.ts'

/** @param sessionPrecondition whether the first factor of the session's login is still valid */
export function offerJourney(
  {
    offer,
    decline,
    enrolled,
    done,
    password,
    binding,
  }: OfferSteps & Pick<ProofSteps, 'password' | 'binding'>,
  factors: readonly JourneyFactor[],
  sessionPrecondition: SessionPrecondition,
): Journey {
  const offers = enterOffers(factors)
  const acts = Object.keys(offers)
  return composeJourney({
    kind: 'offer',
    first: 'second-factor/offer',
    sessionPrecondition,
    steps: [chooseAct(offer, acts), binding(acts), password, decline, enrolled, done],
    // A person who has enrolled a second factor meanwhile leaves: it is asked beside the session.
    transitions: {
      'second-factor/offer': {
        ...toBinding(acts),
        skipped: 'finish',
        decline: 'second-factor/decline',
        confirm: 'leave',
        // Only a login takes a code from the service desk.
        pass: 'leave',
      },
      'binding/proof': {
        ...offers,
        verify: 'leave',
        password: 'password/check',
        refused: 'leave',
      },
      'password/check': { passed: 'binding/proof' },
      'second-factor/decline': { declined: 'finish', back: 'second-factor/offer' },
      'second-factor/enrolled': { noted: 'second-factor/done' },
      'second-factor/done': {
        ...enterEach(factors, (one) => one.enrol),
        left: 'finish',
        passed: 'second-factor/offer',
      },
    },
    parts: [
      ...embedEnrolments(factors, {
        enrolled: 'second-factor/enrolled',
        back: 'second-factor/done',
        superseded: 'leave',
      }),
      ...embedFallbackEnrolments(factors, 'second-factor/done'),
    ],
  })
}
