/**
 * The journeys that begin on a person's own pages: adding and removing an authenticator, and trying a phone. They belong to the
 * session that began them and prove nothing for it. Adding and removing ask for a proof in the journey itself.
 */
import { composeJourney, embed } from '../engine/compose.ts'
import type { Journey, JourneyRequest, SessionPrecondition } from '../engine/journey.ts'
import type { Step } from '../engine/step.ts'
import { type FactorKind, factorKinds } from '../factors/index.ts'
import { type BindingStep, chooseAct, toBinding } from './binding-step.ts'
import type { ChoiceSteps } from './login.ts'
import { embedVerifications, enterEach, type JourneyFactor } from './parts.ts'

/** The steps that ask for the proof of an act. */
export interface ProofSteps extends ChoiceSteps {
  readonly password: Step<'password/check', 'passed'>
  readonly binding: (acts: readonly string[]) => BindingStep
}

/** @param sessionPrecondition whether the session still has the first factor of its login; asked again in each transaction */
export function enrolJourney(
  own: ProofSteps & { readonly begin: Step<'enrol/begin', FactorKind | 'cancelled'> },
  factors: readonly JourneyFactor[],
  sessionPrecondition: SessionPrecondition,
): Journey {
  const enrol = enterEach(factors, (one) => one.enrol)
  const acts = Object.keys(enrol)
  const { first, other, trouble, password } = own
  return composeJourney({
    kind: 'enrol',
    first: 'enrol/begin',
    sessionPrecondition,
    steps: [chooseAct(own.begin, acts), own.binding(acts), first, other, trouble, password],
    transitions: {
      'enrol/begin': { ...toBinding(factorKinds), cancelled: 'leave' },
      'binding/proof': { ...enrol, ...askForProof },
      ...proofTransitions(factors),
    },
    parts: [
      ...factors.flatMap((one) =>
        one.enrol === undefined
          ? []
          : [embed(one.enrol, { enrolled: 'finish', back: 'leave', superseded: 'leave' })],
      ),
      ...embedProofs(factors, own),
    ],
  })
}

/** @param sessionPrecondition as for an enrolment */
export function removeJourney(
  own: ProofSteps & { readonly remove: Step<'remove/apply', 'removed' | 'unproven' | 'gone'> },
  factors: readonly JourneyFactor[],
  sessionPrecondition: SessionPrecondition,
): Journey {
  const { first, other, trouble, password, remove } = own
  return composeJourney({
    kind: 'remove',
    first: 'binding/proof',
    sessionPrecondition,
    steps: [own.binding(['remove']), first, other, trouble, password, remove],
    transitions: {
      'binding/proof': { remove: 'remove/apply', ...askForProof },
      'remove/apply': { removed: 'finish', unproven: 'binding/proof', gone: 'leave' },
      ...proofTransitions(factors),
    },
    parts: embedProofs(factors, own),
  })
}

const askForProof = {
  verify: 'second-factor/first',
  password: 'password/check',
  refused: 'leave',
} as const

function proofTransitions(factors: readonly JourneyFactor[]) {
  const verify = enterEach(factors, (one) => one.verify)
  return {
    'password/check': { passed: 'binding/proof' },
    'second-factor/first': { ...verify, none: 'binding/proof', cancelled: 'leave' },
    'second-factor/other': { ...verify, cancelled: 'leave' },
    'second-factor/trouble': { ...verify, other: 'second-factor/other' },
  } as const
}

const embedProofs = (factors: readonly JourneyFactor[], { noCode }: ProofSteps) =>
  embedVerifications(
    factors,
    { after: 'binding/proof', afterFallback: 'binding/proof', enrol: () => 'leave' },
    noCode,
  )

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
  const { replaces, removes = replaces } = authenticator
  return removes === undefined ? '/account/authenticators' : `/account/authenticators/${removes}`
}
