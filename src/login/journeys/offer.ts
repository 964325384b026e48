/**
 * The offer of a second factor beside a session whose login is fresh: it was deferred at one app, and another app asks for
 * it. The password is not asked again, because a new login would begin with the same one.
 */
import { composeJourney } from '../engine/compose.ts'
import type { Journey, SessionPrecondition } from '../engine/journey.ts'
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
  { offer, decline, enrolled, done }: OfferSteps,
  factors: readonly JourneyFactor[],
  sessionPrecondition: SessionPrecondition,
): Journey {
  return composeJourney({
    kind: 'offer',
    first: 'second-factor/offer',
    sessionPrecondition,
    steps: [offer, decline, enrolled, done],
    // A person who has enrolled a second factor meanwhile leaves: it is asked beside the session.
    transitions: {
      'second-factor/offer': {
        ...enterOffers(factors),
        skipped: 'finish',
        decline: 'second-factor/decline',
        confirm: 'leave',
        // Only a login takes a code from the service desk.
        pass: 'leave',
      },
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
