/** The journey that a link from a mail begins: a second factor, where the user has one, and a new password. */
import { composeJourney } from '../engine/compose.ts'
import type { Journey, Precondition } from '../engine/journey.ts'
import type { ResetSteps } from '../reset/steps.ts'
import type { ChoiceSteps } from './login.ts'
import { embedVerifications, enterEach, type JourneyFactor } from './parts.ts'

/** Where a user ends who did not get a new password. */
export const resetEndPath = '/forgot-password/ended'

/** A reset enrols nothing and removes nothing: a mail alone recovers no second factor (SP 800-63B-4, 4.2.2.2). */
export function resetJourney(
  own: ResetSteps & ChoiceSteps,
  factors: readonly JourneyFactor[],
  precondition: Precondition,
): Journey {
  const { begin, factor, password, done, first, other, trouble, noCode } = own
  const verify = enterEach(factors, (one) => one.verify)
  return composeJourney({
    kind: 'reset',
    precondition,
    first: 'reset/begin',
    steps: [begin, factor, password, done, first, other, trouble],
    transitions: {
      'reset/begin': { begun: 'reset/factor', gone: 'leave' },
      'reset/factor': { verify: 'second-factor/first', none: 'reset/password' },
      'reset/password': { changed: 'reset/done', cancelled: 'leave', gone: 'leave' },
      'reset/done': {},
      'second-factor/first': { ...verify, none: 'leave', cancelled: 'leave' },
      'second-factor/other': { ...verify, cancelled: 'leave' },
      'second-factor/trouble': { ...verify, other: 'second-factor/other' },
    },
    parts: embedVerifications(
      factors,
      { after: 'reset/password', afterFallback: 'reset/password', enrol: () => 'leave' },
      noCode,
    ),
  })
}
