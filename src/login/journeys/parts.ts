/**
 * The parts of journeys that every factor brings, embedded by the same rules. The step of a fallback decides whether new
 * ones are due; otherwise it lets the journey pass.
 */
import { type Entry, embed, enter, type Fragment, type Part } from '../engine/compose.ts'
import type { StepName } from '../engine/journey.ts'
import type { EnrolExit, Factor } from '../factors/factor.ts'
import type { FactorKind } from '../factors/index.ts'
import { withLoss } from './second-factor/lost.ts'
import { type NoCodeOptions, withNoCode } from './second-factor/no-code.ts'
import { listOffered } from './second-factor/offer.ts'

export type JourneyFactor = Pick<
  Factor,
  'kind' | 'highestLevel' | 'isFallback' | 'isFromOperator' | 'offer' | 'enrol' | 'verify' | 'trial'
>

type Target = StepName | 'finish' | 'leave' | Entry

/** For each kind, the entry to one of its parts. For a kind without that part, the journey ends. */
export function enterEach(
  factors: readonly JourneyFactor[],
  part: (factor: JourneyFactor) => Fragment<string> | undefined,
): Readonly<Record<FactorKind, Entry | 'leave'>> {
  const entries = factors.map((one) => {
    const fragment = part(one)
    return [one.kind, fragment === undefined ? 'leave' : enter(fragment)] as const
  })
  return Object.fromEntries(entries) as Record<FactorKind, Entry | 'leave'>
}

/** The proof that operators give out, for a person who has nothing enrolled. */
export function enterOperatorProof(factors: readonly JourneyFactor[]): Entry | 'leave' {
  const factor = factors.find(({ isFromOperator }) => isFromOperator === true)
  return factor === undefined ? 'leave' : enter(factor.verify)
}

/** For each option of an offer, the entry that it leads to. */
export function enterOffers(factors: readonly JourneyFactor[]): Readonly<Record<string, Entry>> {
  const steps = Object.entries(listOffered(factors))
  return Object.fromEntries(steps.map(([outcome, step]) => [outcome, { enter: step }]))
}

/** Enrolments of factors that are not fallbacks. They say what was lost earlier in the journey. */
export function embedEnrolments(
  factors: readonly JourneyFactor[],
  to: Readonly<Record<EnrolExit, Target>>,
): Part[] {
  return factors
    .filter(({ isFallback }) => !isFallback)
    .flatMap(({ enrol }) => (enrol === undefined ? [] : [embed(withLoss(enrol), to)]))
}

/** The enrolments of fallbacks, one after another; each is made or passed. */
export function embedFallbackEnrolments(factors: readonly JourneyFactor[], after: Target): Part[] {
  const fallbacks = listMadeFallbacks(factors)
  return fallbacks.map((enrol, at) => {
    const [following] = fallbacks.slice(at + 1)
    const next = following === undefined ? after : enter(following)
    return embed(enrol, { enrolled: next, back: next, superseded: next })
  })
}

/**
 * @param to.afterFallback where a person goes after using a fallback
 * @param noCode for the pages of fallbacks
 * @param to.enrol where a person goes whose factor can no longer be asked, and who may enrol another one
 */
export function embedVerifications(
  factors: readonly JourneyFactor[],
  to: {
    readonly after: Target
    readonly afterFallback: Target
    readonly enrol: (factor: JourneyFactor) => Target
  },
  noCode: NoCodeOptions,
): Part[] {
  return factors.map((one) =>
    embed(one.isFallback ? withNoCode(noCode, one.kind, one.verify) : one.verify, {
      verified: one.isFallback ? to.afterFallback : to.after,
      cancelled: 'leave',
      other: 'second-factor/other',
      trouble: 'second-factor/trouble',
      enrol: to.enrol(one),
    }),
  )
}

/** Leads into the enrolments of fallbacks, one after another; each decides whether it is due. */
export function passFallbacks<const After extends Target>(
  factors: readonly JourneyFactor[],
  after: After,
): After | Entry {
  const [first] = listMadeFallbacks(factors)
  return first === undefined ? after : enter(first)
}

/** The enrolments of fallbacks that a person makes. */
function listMadeFallbacks(factors: readonly JourneyFactor[]): Fragment<EnrolExit>[] {
  return factors.flatMap(({ isFallback, enrol }) =>
    isFallback && enrol !== undefined ? [enrol] : [],
  )
}
